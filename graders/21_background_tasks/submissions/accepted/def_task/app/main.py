"""The routes of the book club."""

from typing import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, EmailStr, Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from .database import Member, get_session, lifespan
from .welcome import welcome

app = FastAPI(title="Book club", lifespan=lifespan)

Session = Annotated[AsyncSession, Depends(get_session)]


class SignUp(BaseModel):
    email: EmailStr
    name: Annotated[str, Field(min_length=1, max_length=80)]


class MemberCard(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    email: str
    name: str


@app.post("/members", status_code=201)
async def sign_up(form: SignUp, session: Session, tasks: BackgroundTasks) -> MemberCard:
    member = Member(email=form.email, name=form.name)
    session.add(member)
    try:
        await session.commit()
    except IntegrityError:
        raise HTTPException(409, "This address is signed up already.") from None
    await session.refresh(member)
    card = MemberCard.model_validate(member)
    await session.close()
    tasks.add_task(welcome, card.id, card.email, card.name)
    return card


@app.get("/members/{member_id}")
async def read_member(member_id: int, session: Session) -> MemberCard:
    member = await session.get(Member, member_id)
    if member is None:
        raise HTTPException(404, "There is no such member.")
    return MemberCard.model_validate(member)
