"""The database: its engine, and the session of a request. `DATABASE_URL` names another one."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine
from sqlalchemy.orm import Session as SyncSession

from .models import Base

url = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///blog.sqlite3")
engine = create_engine(url.replace("+aiosqlite", ""))  # TODO 1: this makes it synchronous.


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    Base.metadata.create_all(engine)
    yield


def get_session() -> Iterator[SyncSession]:
    with SyncSession(engine) as session:
        yield session


Session = Annotated[SyncSession, Depends(get_session)]
