"""The database: its engine, and the session of a request. `DATABASE_URL` names another one."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from .models import Base
from .settings import POOL_SIZE

engine = create_async_engine(  # TODO 4: how long does a request wait for a connection?
    os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///loans.sqlite3"),
    pool_size=POOL_SIZE,
    max_overflow=0,
)
open_session = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with open_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
