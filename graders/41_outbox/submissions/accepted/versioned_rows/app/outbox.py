"""The outbox: each row has a version, and who writes it names the version that they have seen."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import ForeignKey, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .database import Base, Member, open_session
from .mail import DOMAIN, send_welcome
from .schemas import State

LEASE = timedelta(minutes=5)
MOST_FAILURES = 6


class WelcomeMail(Base):
    __tablename__ = "welcome_mails"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    state: Mapped[State] = mapped_column(default="waiting")
    version: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    taken_until: Mapped[datetime | None]


def read_state(session: Session, member_id: int) -> State:
    return session.get_one(WelcomeMail, member_id).state


def run() -> None:
    now = datetime.now(UTC)
    query = select(WelcomeMail, Member).join(Member).where(WelcomeMail.state == "waiting")
    for column in (WelcomeMail.not_before, WelcomeMail.taken_until):
        query = query.where(or_(column.is_(None), column <= now))
    with open_session() as session:
        found = [(mail, member) for mail, member in session.execute(query)]
    for mail, member in found:
        if change(mail, mail.version, taken_until=datetime.now(UTC) + LEASE):
            hand_over(mail, member, mail.version + 1)


def hand_over(mail: WelcomeMail, member: Member, version: int) -> None:
    try:
        send_welcome(member.email, member.name, f"<welcome.{member.id}@{DOMAIN}>")
    except Exception:
        failures = mail.failures + 1
        state = "given up" if failures == MOST_FAILURES else "waiting"
        not_before = datetime.now(UTC) + timedelta(minutes=2 ** (failures - 1))
        change(
            *(mail, version),
            state=state,
            failures=failures,
            not_before=not_before,
            taken_until=None,
        )
    else:
        change(mail, version, state="sent")


def change(mail: WelcomeMail, version: int, **values: object) -> bool:
    """Write a row if nobody has written it since this version; say whether that is so."""
    seen = update(WelcomeMail).filter_by(member_id=mail.member_id, version=version)
    with open_session.begin() as session:
        result = session.execute(
            seen.values(version=version + 1, **values).returning(seen.table.c.version)
        )
        return result.first() is not None
