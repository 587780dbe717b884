"""The outbox: a run takes all mails that are due under its own name."""

import asyncio
import logging
import uuid
from datetime import UTC, datetime, timedelta

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import ForeignKey, Update, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .database import Base, Member, open_session
from .mail import send_welcome
from .schemas import State

LEASE = timedelta(minutes=5)
BACKOFF = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16}
logger = logging.getLogger(__name__)


def make_message_id() -> str:
    return f"<{uuid.uuid4()}@club.example.com>"


class WelcomeMail(Base):
    __tablename__ = "welcome_mails"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), unique=True)
    state: Mapped[State] = mapped_column(default="waiting")
    message_id: Mapped[str] = mapped_column(default=make_message_id)
    failures: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))
    run: Mapped[str | None]


def read_state(session: Session, member_id: int) -> State:
    return session.scalars(select(WelcomeMail.state).filter_by(member_id=member_id)).one()


async def run() -> None:
    name = uuid.uuid4().hex
    async with asyncio.TaskGroup() as group:
        places = asyncio.Semaphore(3)
        for number in await run_in_threadpool(take_mails, name):
            group.create_task(deliver(name, number, places))


async def deliver(name: str, number: int, places: asyncio.Semaphore) -> None:
    async with places:
        await run_in_threadpool(hand_over, name, number)


def take_mails(name: str) -> list[int]:
    now = datetime.now(UTC)
    due = update(WelcomeMail).where(WelcomeMail.state == "waiting", WelcomeMail.due_at <= now)
    taken = due.values(run=name, due_at=now + LEASE).returning(WelcomeMail.id)
    with open_session.begin() as session:
        return list(session.scalars(taken))


def own(name: str, number: int) -> Update:
    return update(WelcomeMail).filter_by(id=number, run=name, state="waiting")


def hand_over(name: str, number: int) -> None:
    with open_session.begin() as session:
        again = own(name, number).values(due_at=datetime.now(UTC) + LEASE)
        mail = session.scalar(again.returning(WelcomeMail))
        if mail is None:
            return  # another run has it by now
        member = session.get_one(Member, mail.member_id)
    values: dict[str, object] = {"state": "sent"}
    try:
        send_welcome(member.email, member.name, mail.message_id)
    except Exception as error:
        logger.warning("Mail %d has failed: %r", number, error)
        minutes = BACKOFF.get(mail.failures + 1)
        values = {"state": "given up"}
        if minutes is not None:
            due_at = datetime.now(UTC) + timedelta(minutes=minutes)
            values = {"failures": mail.failures + 1, "due_at": due_at, "run": None}
    with open_session.begin() as session:
        session.execute(own(name, number).values(values))
