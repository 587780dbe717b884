"""The database: its engine, the maker of sessions, three bookings to start with.

`DATABASE_URL` names the database; without it there is a file in the current folder. At every start
the ledger gets the state that `LEDGER` names: `open`, `locked` or `closed`.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Connection, PoolResetState, event, func, select, update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from .models import Base, Booking, Ledger

engine = create_async_engine(
    os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///box_office.sqlite3")
)
open_session = async_sessionmaker(
    engine,
    expire_on_commit=False,  # rows can be shown after the commit
    close_resets_only=False,  # a session that was closed cannot be used again
)


@event.listens_for(engine.sync_engine, "connect")
def set_up(connection: Any, _: object) -> None:
    """Check foreign keys, and let others read while somebody writes."""
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")


@event.listens_for(engine.sync_engine, "reset")
def roll_back(connection: Any, _: object, state: PoolResetState) -> None:
    """Roll back when a session ends: after a COMMIT that failed, SQLite keeps the transaction."""
    if state.transaction_was_reset and not state.terminate_only:
        connection.rollback()


@event.listens_for(engine.sync_engine, "savepoint")
def begin(connection: Connection, _: object) -> None:
    """Begin a transaction: SQLite's driver does so for a write, and not for a savepoint."""
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        connection.exec_driver_sql("BEGIN")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Make what is missing in the database; at the end leave no connection open."""
    async with open_session.begin() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
        if not await session.scalar(select(func.count(Ledger.name))):
            session.add(Ledger(name="box office", state="open"))
            await session.flush()
            session.add_all(
                [
                    Booking(seat="A1", guest="Asha"),
                    Booking(seat="A2", guest="Ben"),
                    Booking(seat="B1", guest="Carla", moves=2),
                ]
            )
            await session.flush()
        await session.execute(update(Ledger).values(state=os.environ.get("LEDGER", "open")))
    yield
    await engine.dispose()
