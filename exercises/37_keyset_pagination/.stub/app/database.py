"""The database: its engine, a session for each request, payments to start with.

`DATABASE_URL` names the database; without it there is one in memory. `SQL_ECHO=1` prints all
statements with the rows that they give.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from .demo import make_payments
from .models import Base, Payment

engine = create_async_engine(
    os.environ.get("DATABASE_URL", "sqlite+aiosqlite://"),
    echo="debug" if os.environ.get("SQL_ECHO") else None,
)
open_session = async_sessionmaker(engine)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Fill a database that is new; at the end leave no connection open."""
    async with open_session.begin() as session:
        connection = await session.connection()
        if not await connection.run_sync(has_ledger):
            await connection.run_sync(Base.metadata.create_all)
            session.add_all(make_payments())
    yield
    await engine.dispose()


def has_ledger(connection: Connection) -> bool:
    """Tell whether there is a table already."""
    return inspect(connection).has_table(Payment.__tablename__)


async def get_session() -> AsyncIterator[AsyncSession]:
    """Give a request its session."""
    async with open_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
