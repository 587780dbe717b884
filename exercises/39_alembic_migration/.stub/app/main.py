"""The app. At every start it makes the tables that are missing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from . import customers
from .database import engine
from .models import Base


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    # TODO 4: who makes the tables?
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(title="Customers", lifespan=lifespan)
app.include_router(customers.router)
