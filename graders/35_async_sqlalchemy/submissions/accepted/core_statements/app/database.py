"""The database: a transaction for each request, on a connection of its own."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from .models import Base

engine = create_async_engine(
    os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///blog.sqlite3"), poolclass=NullPool
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(lambda each: Base.metadata.create_all(each, checkfirst=True))
    yield


async def get_connection() -> AsyncIterator[AsyncConnection]:
    async with engine.connect() as connection:
        yield connection


Connection = Annotated[AsyncConnection, Depends(get_connection)]
