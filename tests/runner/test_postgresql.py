"""PostgreSQL is started for a run, gives each working folder a database, and is gone afterwards."""

import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dojo.grader.fixtures import LabSet
from dojo.harness.failures import SubmissionError
from dojo.harness.postgresql import Cluster, PostgresqlDatabase
from dojo.model.catalogue import Catalogue
from dojo.model.errors import UsageError
from dojo.model.reports import Status
from dojo.runner.grading import Job, Options
from dojo.runner.pool import Pool
from dojo.runner.postgresql_server import PostgresqlMissing, find_programs, open_cluster

ROOT = Path(__file__).parent.parent.parent
TABLE = "CREATE TABLE cats (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL)"
ADD = "INSERT INTO cats (name) VALUES (:name)"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Give a cluster for the tests of this file."""
    try:
        find_programs()
    except PostgresqlMissing as missing:
        pytest.skip(str(missing))
    with open_cluster() as cluster:
        yield cluster


@pytest.fixture
def database(cluster: Cluster, tmp_path: Path) -> Iterator[PostgresqlDatabase]:
    """Give an empty database."""
    cluster.reset(tmp_path)
    yield PostgresqlDatabase(cluster, tmp_path)
    cluster.remove(tmp_path)


def test_statements_are_those_of_sqlite(database: PostgresqlDatabase) -> None:
    """Parameters are written as for SQLite, and values come back as SQLite would give them."""
    database.execute_script(TABLE)
    database.insert("cats", [{"name": "100% Tom"}, {"name": "Kit?"}])
    database.execute("UPDATE cats SET name = ? WHERE id % ? = 0", ("Kim", 2))
    database.execute(ADD, {"name": "Ann"})

    rows = database.rows(
        "SELECT id, name, CAST('2026-03-01' AS DATE) AS born FROM cats ORDER BY id"
    )

    assert [row["name"] for row in rows] == ["100% Tom", "Kim", "Ann"]
    assert (rows[0]["id"], rows[0]["born"]) == (1, "2026-03-01")


def test_reset_leaves_nothing(cluster: Cluster, database: PostgresqlDatabase) -> None:
    """After a reset there is no table, whoever is still connected."""
    database.execute_script(TABLE)
    with cluster.connect(cluster.name(database._work)):
        cluster.reset(database._work)

    assert database.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


def test_missing_table_is_the_apps(database: PostgresqlDatabase) -> None:
    """What the app has not made, or does not allow, is no fault of the grader; wrong SQL is."""
    import psycopg

    with pytest.raises(SubmissionError, match="does not exist"):
        database.insert("cats", [{"name": "Tom"}])
    with pytest.raises(psycopg.errors.SyntaxError):
        database.rows("SELEC 1")


def test_transaction_keeps_writers_out(database: PostgresqlDatabase) -> None:
    """While it is open others read and do not write; then its change is there."""
    database.execute_script(TABLE)
    writer = threading.Thread(target=database.execute, args=(ADD, {"name": "Kim"}))
    with database.transaction(ADD, {"name": "Tom"}):
        writer.start()
        writer.join(0.2)
        assert writer.is_alive()
        assert database.rows("SELECT name FROM cats") == []
    writer.join()

    assert len(database.rows("SELECT name FROM cats")) == 2


def test_app_reaches_no_other_database(cluster: Cluster, database: PostgresqlDatabase) -> None:
    """The role of a submission may connect to its own database, and is no superuser."""
    import psycopg

    url = database.url.replace("+psycopg", "")
    own = cluster.name(database._work)
    with psycopg.connect(url) as connection:
        granted = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", (own,))
        assert granted.fetchone() == (False,)
    cluster.reset(other := database._work / "other")
    foreign = url.replace(f"/{own}?", f"/{cluster.name(other)}?")

    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(foreign)


def test_environment_names_an_empty_database(cluster: Cluster, tmp_path: Path) -> None:
    """What a submission finds under `DATABASE_URL` is the database of its working folder."""
    lab_set = LabSet(("database",), cluster=cluster)
    environment = lab_set.make_environment(tmp_path)

    assert environment["DATABASE_URL"] == lab_set.open_database(tmp_path).url
    assert lab_set.open_database(tmp_path).rows("SELECT 1 AS one") == [{"one": 1}]
    lab_set.close_database(tmp_path)


def test_workers_grade_on_it(cluster: Cluster) -> None:
    """A worker that is handed the cluster gives the verdict that SQLite gives."""
    kata = Catalogue(ROOT).find("35")
    options = Options(only=["test_rivals_are_refused_too"])
    with Pool(1, environment=cluster.environment) as pool:
        [report] = pool.grade_all([Job(kata, kata.solution, options)])

    assert report.status is Status.PASSED


def test_nothing_runs_afterwards() -> None:
    """The end of a run stops the server and removes its folder."""
    try:
        find_programs()
    except PostgresqlMissing as missing:
        pytest.skip(str(missing))
    with open_cluster() as cluster:
        socket.create_connection(("127.0.0.1", cluster.port)).close()

    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", cluster.port))


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the programs one sentence says what is missing and what brings it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: True)
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(UsageError, match="apt-get install postgresql"):
        find_programs()
