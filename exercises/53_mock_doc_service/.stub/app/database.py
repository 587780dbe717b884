"""The database: its one connection, its one table, and ways to read and to change that.

`DATABASE_URL` names the database; without it there is a file in the current folder. Each commit of
a session is reported to the logger `kata.database`.
"""

import logging
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import Depends
from sqlalchemy import JSON, event, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

State = Literal["queued", "running", "done", "failed"]

logger = logging.getLogger("kata.database")


class Base(DeclarativeBase):
    """The base of all tables."""


class Document(Base):
    """A text that somebody has uploaded; it has a vector when it is `done`."""

    __tablename__ = "documents"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    text: Mapped[str]
    state: Mapped[State] = mapped_column(default="queued")
    vector: Mapped[list[float] | None] = mapped_column(JSON(none_as_null=True))


class ReportedSession(Session):
    """The session behind each `AsyncSession`; its commits are reported."""


@event.listens_for(ReportedSession, "after_commit")
def report_commit(_: Session) -> None:
    """Report a commit that has happened."""
    logger.info("committed")


engine = create_async_engine(
    os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///documents.sqlite3"),
    pool_size=1,  # the database is shared with others, and they need their connections too
    max_overflow=0,
)
open_session = async_sessionmaker(
    engine, expire_on_commit=False, sync_session_class=ReportedSession
)


@asynccontextmanager
async def open_database() -> AsyncIterator[None]:
    """Create the table if it is missing; at the end leave no connection open."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    """Give a request its session, and close it afterwards; it does not commit."""
    async with open_session() as session:
        yield session


RequestSession = Annotated[AsyncSession, Depends(get_session)]


async def find_documents(**conditions: Any) -> Sequence[Document]:
    """Give the documents with these values, by number; in a session that is closed afterwards."""
    async with open_session() as session:
        query = select(Document).filter_by(**conditions).order_by(Document.id)
        return (await session.scalars(query)).all()


async def change_documents(values: Mapping[str, Any], **conditions: Any) -> int:
    """Give new values to the documents with these ones; commit that, and give their number."""
    async with open_session.begin() as session:
        change = update(Document).filter_by(**conditions).values(**values)
        return len((await session.scalars(change.returning(Document.id))).all())
