"""The database: its engine, and the session of a request. `DATABASE_URL` names another one."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from .models import Base

engine = create_async_engine(os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///blog.sqlite3"))


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine, expire_on_commit=False) as session:  # rows outlive commits
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
