"""The database: places for those who use it, and a session for each of them."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from .models import Base
from .settings import POOL_SIZE, POOL_TIMEOUT

engine = create_async_engine(
    os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///loans.sqlite3"), poolclass=NullPool
)
places = asyncio.Semaphore(POOL_SIZE)


@asynccontextmanager
async def open_session() -> AsyncIterator[AsyncSession]:
    """Open a session once there is a place for it; 503 if there is none in time."""
    try:
        await asyncio.wait_for(places.acquire(), POOL_TIMEOUT)
    except TimeoutError:
        raise HTTPException(503, "The database is busy.", {"Retry-After": "10"}) from None
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session
    finally:
        places.release()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with open_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
