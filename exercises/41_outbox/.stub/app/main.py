"""The routes of the book club."""

from fastapi import BackgroundTasks, FastAPI, HTTPException
from sqlalchemy.exc import IntegrityError

from . import outbox
from .database import Member, RequestSession, lifespan
from .schemas import MemberCard, SignUp, show

app = FastAPI(title="Book club", lifespan=lifespan)


@app.post("/members", status_code=201)
def sign_up(form: SignUp, session: RequestSession, tasks: BackgroundTasks) -> MemberCard:
    member = Member(email=form.email, name=form.name)
    session.add(member)
    try:
        session.commit()
    except IntegrityError:
        raise HTTPException(409, "This address is signed up already.") from None
    # TODO 1: what is left if the process dies before this task has run?
    tasks.add_task(outbox.add_mail, member.id)
    return show(member, "waiting")


@app.get("/members/{member_id}")
def read_member(member_id: int, session: RequestSession) -> MemberCard:
    member = session.get(Member, member_id)
    if member is None:
        raise HTTPException(404, "There is no such member.")
    return show(member, outbox.read_state(session, member_id))


@app.post("/outbox/runs", status_code=204)
def run_outbox() -> None:
    outbox.run()
