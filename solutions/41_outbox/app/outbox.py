"""The outbox: a mail is taken in one transaction, handed over in none, and noted in another."""

import logging
from datetime import UTC, datetime, timedelta
from email.utils import make_msgid

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .database import Base, Member, open_session
from .mail import DOMAIN, send_welcome
from .schemas import State

LEASE, WAITS = timedelta(minutes=5), (1, 2, 4, 8, 16)
logger = logging.getLogger(__name__)


class WelcomeMail(Base):
    __tablename__ = "welcome_mails"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), unique=True)
    state: Mapped[State] = mapped_column(default="waiting")
    message_id: Mapped[str] = mapped_column(default=lambda: make_msgid(domain=DOMAIN))
    failures: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))


def read_state(session: Session, member_id: int) -> State:
    return session.scalars(select(WelcomeMail.state).filter_by(member_id=member_id)).one()


def run() -> None:
    while (taken := take_mail()) is not None:
        mail, member = taken
        try:
            send_welcome(member.email, member.name, mail.message_id)
        except Exception:
            logger.exception("The welcome mail for member %d was not handed over.", member.id)
            note_failure(mail)
        else:
            with open_session.begin() as session:
                session.execute(update(WelcomeMail).filter_by(id=mail.id).values(state="sent"))


def take_mail() -> tuple[WelcomeMail, Member] | None:
    """Take a mail that is due, in one statement: two runs cannot take the same one."""
    now = datetime.now(UTC)
    due = select(WelcomeMail.id).where(WelcomeMail.state == "waiting", WelcomeMail.due_at <= now)
    one = update(WelcomeMail).where(WelcomeMail.id == due.limit(1).scalar_subquery())
    with open_session.begin() as session:
        mail = session.scalar(one.values(due_at=now + LEASE).returning(WelcomeMail))
        return None if mail is None else (mail, session.get_one(Member, mail.member_id))


def note_failure(mail: WelcomeMail) -> None:
    """Have the mail wait, or give it up, if it is still ours: then it falls due as we set it."""
    ours = update(WelcomeMail).filter_by(id=mail.id, due_at=mail.due_at, state="waiting")
    changes: dict[str, object] = {"state": "given up"}
    if mail.failures < len(WAITS):
        due_at = datetime.now(UTC) + timedelta(minutes=WAITS[mail.failures])
        changes = {"failures": mail.failures + 1, "due_at": due_at}
    with open_session.begin() as session:
        session.execute(ours.values(changes))
