from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text

from . import customers
from .database import engine


@asynccontextmanager
async def lifespan(_: FastAPI):
    async with engine.connect() as connection:
        revision = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    if revision != "0003":
        raise RuntimeError(f"The database is at revision {revision}. Run `alembic upgrade head`.")
    yield
    await engine.dispose()


app = FastAPI(title="Customers", lifespan=lifespan)
app.include_router(customers.router)
