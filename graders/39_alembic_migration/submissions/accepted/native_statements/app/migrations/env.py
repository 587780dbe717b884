import asyncio
import threading

import app.models
import app.settings
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine


def migrate(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=app.models.Base.metadata,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run() -> None:
    engine = create_async_engine(app.settings.DATABASE_URL)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


failed: list[BaseException] = []


def work() -> None:
    try:
        asyncio.run(run())
    except BaseException as error:
        failed.append(error)


thread = threading.Thread(target=work)
thread.start()
thread.join()
if failed:
    raise failed[0]
