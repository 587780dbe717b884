"""The outbox: the mails that are to go out, in the database, and the run that hands them over."""

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .database import Base, Member, open_session
from .mail import send_welcome
from .schemas import State


class WelcomeMail(Base):
    """The mail to a member; this table may get more columns."""

    __tablename__ = "welcome_mails"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), unique=True)
    state: Mapped[State] = mapped_column(default="waiting")


def add_mail(member_id: int) -> None:
    with open_session.begin() as session:
        session.add(WelcomeMail(member_id=member_id))


def read_state(session: Session, member_id: int) -> State:
    query = select(WelcomeMail.state).where(WelcomeMail.member_id == member_id)
    return session.scalar(query) or "waiting"


def run() -> None:
    """Hand over every mail that is due."""
    # TODO 2: what is left of all this if the process dies in the middle?
    # TODO 3: another run, of another instance, finds the same mails in the meantime.
    query = select(WelcomeMail, Member).join(Member).where(WelcomeMail.state == "waiting")
    with open_session.begin() as session:
        for mail, member in session.execute(query).all():
            # TODO 4: one mail that fails ends the run.
            send_welcome(member.email, member.name)
            mail.state = "sent"
