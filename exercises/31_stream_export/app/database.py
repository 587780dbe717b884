"""The database: its engine, the sessions of the routes, and some orders to start with.

`DATABASE_URL` names the database; without it there is a file in the current folder. Each order that
is read from it is reported to the logger `kata.orders` at that moment.
"""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

from .models import Base, Order, Shop

logger = logging.getLogger("kata.orders")

engine = create_async_engine(
    os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///archive.sqlite3"),
    poolclass=NullPool,  # SQLite would show old rows on a connection that was left in a query
)
open_session = async_sessionmaker(
    engine,
    expire_on_commit=False,  # rows can be shown after the commit
    close_resets_only=False,  # a session that was closed cannot be used again
)


def report_read(number: int) -> int:
    """Report an order that SQLite hands out."""
    logger.info("read", extra={"order": number})
    return number


@event.listens_for(engine.sync_engine, "connect")
def set_up(connection: Any, _: object) -> None:
    """Check foreign keys, let others read while somebody writes, and report what is read."""
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.create_function("report_read", 1, report_read)


async def get_session() -> AsyncIterator[AsyncSession]:
    """Give a route its session, and commit before the answer starts."""
    async with open_session.begin() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session, scope="function")]


def make_orders() -> list[Order]:
    """Make the orders of the first start."""
    asha, ben = {"shop": "lisbon", "customer": "Asha Rao"}, {"shop": "oslo", "customer": "Ben Rao"}
    text = 'Ring "twice", please.\nSecond door.'
    return [
        Order(**asha, note=text, cents=6320, placed_on=date(2026, 3, 2), margin=1080),
        Order(**asha, note=None, cents=790, placed_on=date(2026, 3, 9), margin=135),
        Order(**ben, note="", cents=4740, placed_on=date(2026, 3, 9), margin=810),
    ]


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Make what is missing in the database; at the end leave no connection open."""
    async with open_session.begin() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
        if not await session.scalar(select(func.count(Shop.name))):
            session.add_all([Shop(name="lisbon"), Shop(name="oslo"), Shop(name="bergen")])
            await session.flush()
            session.add_all(make_orders())
    yield
    await engine.dispose()
