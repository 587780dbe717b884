"""The outbox, in SQL. A mail that is taken has a deadline, and who took it knows the deadline."""

import time
from secrets import token_hex
from typing import Any, cast

from sqlalchemy import Column, ForeignKey, Integer, String, Table, text
from sqlalchemy.orm import Session

from .database import Base, engine
from .mail import send_welcome
from .schemas import State

MINUTE = 60

Table(
    "welcome_mails",
    Base.metadata,
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("state", String, nullable=False),
    Column("message_id", String, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("due", Integer, nullable=False),
    Column("taker", String),
)

ADD = text("INSERT INTO welcome_mails VALUES (:member, 'waiting', :message_id, 0, :now, NULL)")
READ = text("SELECT state FROM welcome_mails WHERE member_id = :member")
TAKE = text("""
    UPDATE welcome_mails SET due = :until, taker = :taker WHERE member_id = (
        SELECT member_id FROM welcome_mails WHERE state = 'waiting' AND due <= :now
        ORDER BY due, member_id LIMIT 1
    )
    RETURNING member_id, message_id
""")
MEMBER = text("SELECT email, name FROM members WHERE id = :member")
SENT = text("UPDATE welcome_mails SET state = 'sent' WHERE member_id = :member")
FAILED = text("""
    UPDATE welcome_mails SET
        due = :now + 60 * (1 << failures),
        state = CASE failures WHEN 5 THEN 'given up' ELSE state END,
        failures = failures + 1
    WHERE member_id = :member AND taker = :taker AND state = 'waiting'
""")


def add_mail(session: Session, member: int) -> None:
    message_id = f"<{token_hex(16)}@club.example.com>"
    values = {"member": member, "message_id": message_id, "now": int(time.time())}
    session.execute(ADD, values)


def read_state(session: Session, member: int) -> State:
    return cast(State, session.execute(READ, {"member": member}).scalar_one())


def run() -> None:
    while (row := take()) is not None:
        member, message_id, email, name, taker = row
        try:
            send_welcome(email, name, message_id)
        except Exception:
            write(FAILED, member=member, taker=taker, now=int(time.time()))
        else:
            write(SENT, member=member)


def take() -> tuple[int, str, str, str, str] | None:
    taker, now = token_hex(8), int(time.time())
    with engine.begin() as connection:
        values = {"now": now, "until": now + 5 * MINUTE, "taker": taker}
        taken = connection.execute(TAKE, values).one_or_none()
        if taken is None:
            return None
        email, name = connection.execute(MEMBER, {"member": taken.member_id}).one()
    return taken.member_id, taken.message_id, email, name, taker


def write(statement: Any, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(statement, values)
