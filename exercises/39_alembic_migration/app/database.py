"""The database of the running app: its engine, and sessions for the routes."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import event, pool
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from .settings import DATABASE_URL

engine = create_async_engine(DATABASE_URL, poolclass=pool.NullPool)  # nothing to dispose of
open_session = async_sessionmaker(engine)


@event.listens_for(engine.sync_engine, "connect")
def check_foreign_keys(connection: Any, _: object) -> None:
    """Have SQLite keep foreign keys, as every other database does."""
    connection.execute("PRAGMA foreign_keys = ON")


async def give_session() -> AsyncIterator[AsyncSession]:
    async with open_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(give_session)]
