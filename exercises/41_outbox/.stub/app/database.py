"""The database: its sessions, and the table of the members.

`DATABASE_URL` names the database; without it there is a file in the current folder. Every instance
of the site uses the same one. A COMMIT after a statement that writes is an effect.
"""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from fastapi import Depends, FastAPI
from sqlalchemy import Connection, DateTime, TypeDecorator, create_engine, event, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from .effects import note_effect

url = make_url(os.environ.get("DATABASE_URL", "sqlite:///club.sqlite3"))
engine = create_engine(url.set(drivername="sqlite"), connect_args={"timeout": 60})
open_session = sessionmaker(engine, expire_on_commit=False)


class UtcTime(TypeDecorator[datetime]):
    """Moments in UTC: aware in Python, naive in SQLite. They can be compared in both."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The base of all tables."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcTime}


class Member(Base):
    """Somebody who has signed up; no address is taken twice."""

    __tablename__ = "members"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


@event.listens_for(engine, "commit")
def commit(connection: Connection) -> None:
    """Commit, and note it as an effect; SQLAlchemy commits once more, which does nothing."""
    driver: Any = connection.connection.driver_connection
    if driver.in_transaction:
        driver.commit()
        note_effect("COMMIT")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Create the tables that are missing; at the end leave no connection open."""
    Base.metadata.create_all(engine)
    yield
    engine.dispose()


def get_session() -> Iterator[Session]:
    """Give a request its session, and close it afterwards."""
    with open_session() as session:
        yield session


RequestSession = Annotated[Session, Depends(get_session)]
