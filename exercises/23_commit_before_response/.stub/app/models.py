"""Models: the tables of the box office. The database enters each change into its ledger itself.

A `locked` ledger refuses an entry at once. For a `closed` one the entry has no ledger: its foreign
key is deferred, so that the COMMIT fails.
"""

from sqlalchemy import Connection, ForeignKey, MetaData, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The base of all tables."""


class Booking(Base):
    """A seat that somebody has; `moves` says how often they have changed it."""

    __tablename__ = "bookings"

    id: Mapped[int] = mapped_column(primary_key=True)
    seat: Mapped[str] = mapped_column(unique=True)
    guest: Mapped[str]
    moves: Mapped[int] = mapped_column(default=0)


class Ledger(Base):
    """The book of the accountants; there is one."""

    __tablename__ = "ledgers"

    name: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]


class Entry(Base):
    """A change of a booking, as the accountants see it."""

    __tablename__ = "entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    change: Mapped[str]
    ledger: Mapped[str] = mapped_column(
        ForeignKey("ledgers.name", deferrable=True, initially="DEFERRED")
    )


TRIGGER = """
    CREATE TRIGGER enter_{change} AFTER {change} ON bookings BEGIN
        SELECT RAISE(ABORT, 'The ledger is locked.') FROM ledgers WHERE state = 'locked';
        INSERT INTO entries (change, ledger)
        SELECT '{change}', CASE state WHEN 'closed' THEN 'none' ELSE name END FROM ledgers;
    END
"""


@event.listens_for(Base.metadata, "after_create")
def create_triggers(_: MetaData, connection: Connection, **options: object) -> None:
    """Have each change of a booking entered, from the moment when the tables are created."""
    del options
    for change in ("INSERT", "UPDATE", "DELETE"):
        connection.exec_driver_sql(TRIGGER.format(change=change))
