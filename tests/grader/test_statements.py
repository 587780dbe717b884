"""Statements, rows and pool use are read from the log records of a real engine in a host."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from dojo.grader import Failure, count_checked_out, expect_statements, finish, read_statements
from dojo.harness.database import Database
from dojo.harness.hosts import Host
from dojo.harness.http_client import exchange_of, open_client
from dojo.harness.snapshot_process import ImportRequest, SnapshotProcess
from dojo.harness.temporary_folders import open_run_folder
from dojo.runner.fork_server_launcher import ForkServerLauncher

from ..conftest import write_files

LOGGERS = ("sqlalchemy.engine", "sqlalchemy.pool")
APP = """
    import logging, os
    from fastapi import FastAPI
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(os.environ["DATABASE_URL"])
    app = FastAPI()
    kept = []
    logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)

    @app.get("/shelves")
    async def read(times: int = 1, size: int = 100):
        async with engine.connect() as connection:
            for _ in range(times):
                query = text("SELECT id FROM shelves LIMIT :size")
                found = (await connection.execute(query, {"size": size})).all()
            return len(found)

    @app.post("/shelves")
    async def write():
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO shelves VALUES (9)"))

    @app.get("/kept")
    async def keep():
        kept.append(await engine.connect())

    @app.get("/given-up")
    async def give_up():
        await kept[0].invalidate()

    @app.get("/nothing")
    async def nothing():
        return 3
"""


@pytest.fixture
def snapshot(fork_server: ForkServerLauncher) -> Iterator[SnapshotProcess]:
    """Give a submission that works with three shelves."""
    with open_run_folder() as folder:
        write_files(folder.stage, {"app/main.py": APP})
        database = Database(folder.work)
        database.execute_script("CREATE TABLE shelves (id INTEGER PRIMARY KEY)")
        database.insert("shelves", [{"id": number} for number in (1, 2, 3)])
        snapshot = SnapshotProcess(folder, fork_server)
        snapshot.request_import(
            ImportRequest("app.main:app", LOGGERS, {"DATABASE_URL": database.url})
        )
        yield snapshot
        snapshot.close()


@pytest.fixture
async def host(snapshot: SnapshotProcess) -> AsyncIterator[Host]:
    """Give a copy of it."""
    host = await Host.open(snapshot)
    yield host
    host.close()


async def ask(host: Host, path: str, method: str = "GET") -> httpx.Response:
    """Send a request and wait until the app is done with it."""
    async with open_client(host) as client:
        return await finish(await client.request(method, path))


async def test_statements_carry_their_rows(host: Host) -> None:
    """Each execution is one statement, with the rows that were fetched from it."""
    response = await ask(host, "/shelves?times=2&size=2")

    found = read_statements(host.evidence, exchange_of(response))
    assert [each.sql for each in found] == ["SELECT id FROM shelves LIMIT ?"] * 2
    assert [each.rows for each in found] == [2, 2]
    assert [each.parameters.endswith("] (2,)") for each in found] == [True, True]


async def test_requests_are_counted_apart(host: Host) -> None:
    """What other requests executed does not count."""
    await ask(host, "/shelves?times=3")
    response = await ask(host, "/shelves")

    assert expect_statements(response).count == 1
    assert expect_statements(response).rows == 3


async def test_transactions_are_no_statements(host: Host) -> None:
    """BEGIN and COMMIT do not count, what stands between them does."""
    response = await ask(host, "/shelves", "POST")

    found = read_statements(host.evidence, exchange_of(response))
    assert [each.sql for each in found] == ["INSERT INTO shelves VALUES (9)"]


async def test_too_many_statements_fail(host: Host) -> None:
    """A failure says how often which statement was executed, and for how many rows."""
    response = await ask(host, "/shelves?times=4&size=1")
    with pytest.raises(Failure) as caught:
        expect_statements(response).at_most(4).at_most(3)

    assert caught.value.expected == "at most 3 SQL statements"
    assert caught.value.seen == (
        "4 statements, 4 rows:\n4 ×, 4 rows: SELECT id FROM shelves LIMIT ?"
    )
    assert caught.value.where[0].function == "read"


async def test_too_many_rows_fail(host: Host) -> None:
    """Rows of all statements are added up."""
    response = await ask(host, "/shelves?times=2")
    with pytest.raises(Failure, match="at most 5 rows"):
        expect_statements(response).rows_at_most(6).rows_at_most(5)


async def test_unseen_statements_fail(host: Host) -> None:
    """An answer without any statement seen is a failure: something goes round the engine."""
    response = await ask(host, "/nothing")
    with pytest.raises(Failure, match="none for this request"):
        expect_statements(response)


async def test_checked_out_connections_are_counted(host: Host) -> None:
    """Connections that were returned to their pool do not count, those kept do."""
    await ask(host, "/shelves")
    before = count_checked_out(host.evidence)
    await ask(host, "/kept")
    await ask(host, "/kept")

    assert (before, count_checked_out(host.evidence)) == (0, 2)


async def test_connections_count_at_its_end(host: Host) -> None:
    """What comes after a request is over does not change what it has left behind."""
    kept = await ask(host, "/kept")
    await ask(host, "/given-up")

    assert count_checked_out(host.evidence, exchange_of(kept)) == 1


async def test_invalidated_connection_is_not_out(host: Host) -> None:
    """A connection that was given up, as SQLAlchemy does when a query is cancelled, is closed."""
    await ask(host, "/kept")
    await ask(host, "/given-up")

    assert count_checked_out(host.evidence) == 0
