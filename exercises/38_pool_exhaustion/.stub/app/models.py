"""Models: the tables of the loan desk, and three applications to start with.

Each connection that an engine opens or closes is reported to the logger `kata.connections`.
"""

import logging
from typing import Any

from sqlalchemy import Connection, Engine, Table, event, insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

logger = logging.getLogger("kata.connections")


class Base(DeclarativeBase):
    """The base of all tables."""


class Application(Base):
    """A wish for a loan. Whoever changes it raises its `version` by one; a score is no change."""

    __tablename__ = "applications"

    id: Mapped[int] = mapped_column(primary_key=True)
    applicant: Mapped[str]
    amount: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    score: Mapped[int | None]


class Letter(Base):
    """A letter that tells an applicant a score."""

    __tablename__ = "letters"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int]
    score: Mapped[int | None]


@event.listens_for(Application.__table__, "after_create")
def add_applications(table: Table, connection: Connection, **options: object) -> None:
    """Fill the table when it is created."""
    del options
    wishes = {"Asha Rao": 9000, "Ben Rao": 500, "Carla Diaz": 12000}
    rows = [{"applicant": name, "amount": amount} for name, amount in wishes.items()]
    connection.execute(insert(table), rows)


@event.listens_for(Engine, "connect")
def open_connection(connection: Any, _: object) -> None:
    """Let a connection wait for other programs that write, and never for the disk."""
    connection.execute("PRAGMA busy_timeout = 3600000")
    connection.execute("PRAGMA synchronous = OFF")
    logger.info("opened")


@event.listens_for(Engine, "close")
def close_connection(*_: object) -> None:
    """Report that a connection was closed."""
    logger.info("closed")
