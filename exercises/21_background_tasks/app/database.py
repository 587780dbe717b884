"""The database: its tables, and a session for each request.

`DATABASE_URL` names the database; without it there is one in memory. There is one connection, and
who wants it while it is out waits for it.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import AsyncAdaptedQueuePool, ForeignKey
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(
    os.environ.get("DATABASE_URL", "sqlite+aiosqlite://"),
    poolclass=AsyncAdaptedQueuePool,
    pool_size=1,
    max_overflow=0,
)
open_session = async_sessionmaker(engine)


class Base(DeclarativeBase):
    """The base of all tables."""


class Member(Base):
    """Somebody who has signed up; no address is taken twice."""

    __tablename__ = "members"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class AuditEntry(Base):
    """Something that has happened to a member."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    event: Mapped[str]


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Create the tables that are missing; at the end leave no connection open."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    """Give a request its session, and close it afterwards."""
    async with open_session() as session:
        yield session
