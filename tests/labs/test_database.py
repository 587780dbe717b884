"""The database lab fills and reads a file that the submission may have tampered with."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dojo.harness import database as module
from dojo.harness import processes
from dojo.harness.database import LARGEST_RESULT, LARGEST_VALUE, MOST_ROWS, Database
from dojo.harness.failures import SubmissionError

SCHEMA = "CREATE TABLE shelves (id INTEGER PRIMARY KEY, label TEXT)"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """Give a database in a working folder that is still empty."""
    work = tmp_path.resolve() / "work"
    work.mkdir()
    return Database(work)


@pytest.fixture
def shelves(database: Database) -> Database:
    """Give a database with one empty table."""
    database.execute_script(SCHEMA)
    return database


@pytest.fixture
def submission(shelves: Database) -> Iterator[sqlite3.Connection]:
    """Give a connection of another owner to the same file."""
    with closing(sqlite3.connect(shelves.path, isolation_level=None)) as connection:
        yield connection


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less long for what never comes."""
    monkeypatch.setattr(module, "SECONDS", 0.1)


def refuse(database: Database) -> SubmissionError:
    """Return the error with which the file is refused."""
    with pytest.raises(SubmissionError) as caught:
        database.rows("SELECT * FROM shelves")
    return caught.value


def test_url_names_the_file(database: Database) -> None:
    """The address is one of an asynchronous engine and holds the absolute path."""
    assert database.url == f"sqlite+aiosqlite:///{database.path}"
    assert database.path.is_absolute()


def test_transaction_is_open_during_body(shelves: Database, submission: sqlite3.Connection) -> None:
    """Others can read what was there before, cannot write, and see the statement afterwards."""
    submission.execute("PRAGMA busy_timeout = 0")
    with shelves.transaction("INSERT INTO shelves (label) VALUES (?)", ("new",)):
        assert submission.execute("SELECT * FROM shelves").fetchall() == []
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            submission.execute("INSERT INTO shelves (label) VALUES ('other')")

    assert submission.execute("SELECT label FROM shelves").fetchall() == [("new",)]


@pytest.mark.usefixtures("short_wait")
def test_transaction_needs_the_lock(shelves: Database, submission: sqlite3.Connection) -> None:
    """A submission that keeps the lock for writing is at fault, and the body does not run."""
    submission.execute("BEGIN IMMEDIATE")

    with (
        pytest.raises(SubmissionError, match="locked"),
        shelves.transaction("DELETE FROM shelves"),
    ):
        pytest.fail("The body runs without the lock.")


def test_rows_map_columns_to_values(shelves: Database) -> None:
    """A query gives each row by column, in the order of the query."""
    shelves.insert("shelves", [{"id": 1, "label": "poems"}, {"id": 2, "label": None}])

    found = shelves.rows("SELECT label, id FROM shelves WHERE id > ? ORDER BY id DESC", (0,))
    assert found == [{"label": None, "id": 2}, {"label": "poems", "id": 1}]


def test_insert_takes_all_or_nothing(shelves: Database) -> None:
    """Rows go in together: one that does not fit keeps the others out."""
    with pytest.raises(SubmissionError, match="UNIQUE"):
        shelves.insert("shelves", [{"id": 1, "label": "a"}, {"id": 1, "label": "b"}])

    assert shelves.rows("SELECT * FROM shelves") == []


def test_insert_of_nothing_does_nothing(database: Database) -> None:
    """No rows need no table."""
    database.insert("shelves", [])

    assert not database.path.exists()


def test_both_sides_see_commits(shelves: Database, submission: sqlite3.Connection) -> None:
    """What one side commits, the other sees at once."""
    submission.execute("INSERT INTO shelves VALUES (1, 'poems')")
    shelves.execute("UPDATE shelves SET label = :label", {"label": "plays"})

    assert submission.execute("SELECT label FROM shelves").fetchall() == [("plays",)]


def test_write_ahead_log_is_read(shelves: Database, submission: sqlite3.Connection) -> None:
    """Rows that are only in the write-ahead log so far are found."""
    submission.execute("PRAGMA journal_mode = WAL")
    submission.execute("INSERT INTO shelves VALUES (1, 'poems')")

    assert shelves.rows("SELECT count(*) AS number FROM shelves") == [{"number": 1}]


def test_open_reader_does_not_block(shelves: Database, submission: sqlite3.Connection) -> None:
    """A transaction of the submission that has written nothing leaves the test free to write."""
    submission.execute("BEGIN")
    shelves.execute("INSERT INTO shelves VALUES (1, 'poems')")

    assert len(shelves.rows("SELECT * FROM shelves")) == 1


@pytest.mark.usefixtures("short_wait")
def test_lock_is_told(shelves: Database, submission: sqlite3.Connection) -> None:
    """A submission that keeps the file locked is told so."""
    submission.execute("BEGIN EXCLUSIVE")

    assert refuse(shelves).kind == "hang"


def test_link_is_not_followed(database: Database, tmp_path: Path) -> None:
    """A link in the file's place is refused, and its target is left alone."""
    target = tmp_path / "target.sqlite3"
    database.path.symlink_to(target)

    assert "a link, not a file" in refuse(database).message
    assert not target.exists()


def test_linked_folder_is_not_followed(database: Database, tmp_path: Path) -> None:
    """A link in the place of the working folder is refused as well."""
    elsewhere = tmp_path / "elsewhere"
    database.path.parent.rename(elsewhere)
    database.path.parent.symlink_to(elsewhere)

    assert "a link, not a file" in refuse(database).message
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("suffix", ["", "-journal", "-wal", "-shm"])
def test_pipe_is_refused(database: Database, suffix: str) -> None:
    """A pipe in the place of the file, or of one that belongs to it, is not opened."""
    os.mkfifo(f"{database.path}{suffix}")

    assert "not a regular file" in refuse(database).message


@pytest.mark.usefixtures("short_wait")
def test_blocked_opening_is_given_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that came after the look at the file does not keep the test waiting."""
    monkeypatch.setattr(Database, "_refuse_what_is_no_file", lambda _: None)
    database.execute_script(SCHEMA)
    os.mkfifo(f"{database.path}-journal")

    assert refuse(database).kind == "hang"
    with open(f"{database.path}-journal", "wb"):  # let the thread go  # noqa: PTH123
        pass


def test_link_after_the_look_is_refused(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that came after the look at the file is noticed before anything is asked."""
    monkeypatch.setattr(Database, "_refuse_what_is_no_file", lambda _: None)
    other = Database(tmp_path.resolve())
    other.execute_script(SCHEMA)
    database.path.symlink_to(other.path)

    assert "a link, not a file" in refuse(database).message


def test_late_link_creates_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that came after the look does not make the grader create what it names."""
    target = tmp_path / "target"
    database.path.symlink_to(target)
    monkeypatch.setattr(database, "_refuse_what_is_no_file", lambda: None)
    assert "cannot be used" in refuse(database).message
    assert not target.exists()


def test_folder_is_refused(database: Database) -> None:
    """A folder in the file's place is refused."""
    database.path.mkdir()

    assert "not a regular file" in refuse(database).message


@pytest.mark.parametrize(
    "content", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 5000], ids=["text", "header"]
)
def test_garbage_is_refused(database: Database, content: bytes) -> None:
    """A file that is no database is the submission's error."""
    database.path.write_bytes(content)

    assert "cannot be used" in refuse(database).message


def test_missing_table_is_told(database: Database) -> None:
    """A table that the submission did not make, or dropped, is its error."""
    assert "no such table: shelves" in refuse(database).message


@pytest.mark.parametrize("sql", ["SELEC 1", "SELECT ?"], ids=["syntax", "parameter"])
def test_own_mistake_is_no_submission_error(database: Database, sql: str) -> None:
    """Wrong SQL of the test itself is not put down to the submission."""
    with pytest.raises(sqlite3.Error):
        database.rows(sql)


@pytest.mark.usefixtures("short_wait")
def test_endless_query_is_ended(database: Database) -> None:
    """A table that is an endless view does not keep the test waiting."""
    numbers = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)"
    database.execute_script(f"CREATE VIEW shelves AS {numbers} SELECT max(id) FROM n")

    assert "does not end" in refuse(database).message


def test_flood_of_rows_is_refused(database: Database) -> None:
    """More rows than a test can need are not read into memory."""
    numbers = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)"
    database.execute_script(f"CREATE VIEW shelves AS {numbers} SELECT id FROM n")

    assert f"more than {MOST_ROWS} rows" in refuse(database).message


def test_flood_of_bytes_is_refused(database: Database) -> None:
    """Rows that are few, but that a view makes larger than the file, are not read into memory."""
    numbers = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)"
    label = f"hex(zeroblob({LARGEST_VALUE // 4}))"
    database.execute_script(f"CREATE VIEW shelves AS {numbers} SELECT id, {label} FROM n")

    assert f"more than {LARGEST_RESULT >> 20} MiB" in refuse(database).message


def test_huge_value_is_refused(shelves: Database, submission: sqlite3.Connection) -> None:
    """A value that is larger than a test can need is not read into memory."""
    submission.execute("INSERT INTO shelves VALUES (1, zeroblob(?))", (2 * LARGEST_VALUE,))

    assert "too big" in refuse(shelves).message


def test_broken_text_stays_readable(shelves: Database, submission: sqlite3.Connection) -> None:
    """Text that is no UTF-8 is shown by its bytes."""
    submission.execute("INSERT INTO shelves VALUES (1, CAST(x'61ff' AS TEXT))")

    assert shelves.rows("SELECT label FROM shelves") == [{"label": "a\\xff"}]


@pytest.mark.usefixtures("short_wait")
def test_lock_on_a_busy_machine_is_waited_for(
    shelves: Database, submission: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time in which nobody was given a processor is no time in which the lock was kept."""
    looks = 0

    def wait_longer(pid: int) -> dict[int, float]:
        nonlocal looks
        looks += 1
        if looks == 8:
            submission.execute("ROLLBACK")
        return {pid: 10.0 * looks}

    monkeypatch.setattr(processes, "read_waits", wait_longer)
    submission.execute("BEGIN EXCLUSIVE")

    assert shelves.rows("SELECT * FROM shelves") == []
