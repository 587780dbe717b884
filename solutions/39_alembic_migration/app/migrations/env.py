"""What `alembic` runs for each command: the migrations, on the database of the settings."""

import asyncio

from alembic import context
from app.models import Base
from app.settings import DATABASE_URL
from sqlalchemy import Connection, pool
from sqlalchemy.ext.asyncio import create_async_engine


def run_migrations(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


async def run_online() -> None:
    engine = create_async_engine(DATABASE_URL, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run_migrations)


asyncio.run(run_online())
