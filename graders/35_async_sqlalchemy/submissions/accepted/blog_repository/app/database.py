"""The database: its engine, and sessions that are closed when the route has returned."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from .models import Base

engine = create_async_engine(
    os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///blog.sqlite3"), pool_pre_ping=True
)
open_session = async_sessionmaker(engine)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    try:
        async with engine.connect() as connection:
            await connection.run_sync(Base.metadata.create_all)
            await connection.commit()
        yield
    finally:
        await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    session = open_session()
    try:
        yield session
    finally:
        await session.close()


Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
