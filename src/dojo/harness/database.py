"""The database: one SQLite file for each criterion, which a submission finds under `DATABASE_URL`.

A test fills it and looks into it over connections of its own, one for each transaction, never
through the submission. It counts nothing: statements, rows and pool use are evidence of the host.
"""

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from .failures import SubmissionError
from .processes import Stopwatch

FILE_NAME = "database.sqlite3"

MOST_ROWS = 10_000
"""Rows that one query may give."""

LARGEST_VALUE = 1024 * 1024
"""Bytes of one value, read or written."""

LARGEST_RESULT = 16 * 1024 * 1024
"""Bytes and characters that one query may give: a view can make them out of nothing."""

SECONDS = 5.0
"""Undisturbed seconds for which a lock of the submission is waited, and a statement may run."""

Value = str | int | float | bytes | None
Parameters = Sequence[Value] | Mapping[str, Value]
Result = TypeVar("Result")

_LOCKED = "The app keeps its database locked."
_CLOSED = "The app's database file can't be opened."
_SIDE_FILES = ("-journal", "-wal", "-shm")
_LOOK_EVERY = 0.1
_INTERRUPT_SECONDS = 0.5
_LONGEST_LOCK = 3600.0  # on the clock on the wall, which decides nothing
_SETTINGS = """
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA mmap_size = 0;
    PRAGMA synchronous = OFF;
"""


class Database:
    """The file of the criterion in progress; it comes to be with the first statement.

    The submission may have put anything in its place. What can't be used as a database, is locked
    or does not end raises `SubmissionError`; wrong SQL of the test is the grader's own fault.
    """

    def __init__(self, work: Path, list_pids: Callable[[], Iterable[int]] = tuple) -> None:
        self.path = work / FILE_NAME
        self._list_pids = list_pids

    @property
    def url(self) -> str:
        """Give the address as SQLAlchemy's asynchronous engines take it."""
        return f"sqlite+aiosqlite:///{self.path}"

    def execute_script(self, sql: str) -> None:
        """Run statements without parameters, each in a transaction of its own."""
        self._use(lambda connection: connection.executescript(sql))

    def execute(self, sql: str, parameters: Parameters = ()) -> None:
        """Run one statement and commit it; rows that it gives are dropped."""
        self._use(lambda connection: connection.execute(sql, parameters))

    def insert(self, table: str, rows: Iterable[Mapping[str, Value]]) -> None:
        """Insert rows that all have the columns of the first, in one transaction."""
        listed = list(rows)
        if listed:
            names = listed[0].keys()
            locations = ", ".join(f":{name}" for name in names)
            sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({locations})"
            self._use(lambda connection: _execute_for_all(connection, sql, listed))

    def rows(self, sql: str, parameters: Parameters = ()) -> list[dict[str, Value]]:
        """Give the rows of a query, each as a mapping from column to value."""
        return self._use(lambda connection: _read_rows(connection, sql, parameters))

    @contextmanager
    def transaction(self, sql: str, parameters: Parameters = ()) -> Iterator[None]:
        """Run one statement in a transaction that is open during the body, and commit it then.

        Meanwhile it has SQLite's lock for writing, so that nobody else can write.
        """
        begun, over = threading.Event(), threading.Event()

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(sql, parameters)
            begun.set()
            over.wait()
            connection.execute("COMMIT")

        with ThreadPoolExecutor(max_workers=1) as executor:
            outcome = executor.submit(self._use, work)
            outcome.add_done_callback(lambda _: begun.set())
            begun.wait()
            try:
                if outcome.done():
                    outcome.result()  # it has failed, since nothing has let it go on
                yield
            finally:
                over.set()
        outcome.result()

    def _use(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do `work` in a thread: opening a file can block where no timeout reaches."""
        outcome: Future[Result] = Future()
        opened: list[sqlite3.Connection] = []

        def attempt() -> None:
            try:
                outcome.set_result(self._connect_and_do(work, opened))
            except BaseException as error:
                outcome.set_exception(error)

        threading.Thread(target=attempt, daemon=True).start()
        if not self._comes(outcome, SECONDS):
            for connection in opened:  # a query hears of it, who waits for a lock does not
                with suppress(sqlite3.ProgrammingError):  # it has been closed meanwhile
                    connection.interrupt()
            if not self._comes(outcome, _INTERRUPT_SECONDS):
                raise SubmissionError("hang", _LOCKED if opened else _CLOSED)
        return outcome.result()

    def _comes(self, outcome: "Future[Result]", seconds: float) -> bool:
        stopwatch = Stopwatch(self._list_pids)
        while not stopwatch.has_reached(seconds):
            if wait([outcome], _LOOK_EVERY).done:
                return True
        return False

    def _connect_and_do(
        self, work: Callable[[sqlite3.Connection], Result], opened: list[sqlite3.Connection]
    ) -> Result:
        self._refuse_what_is_no_file()
        self._create()
        # SQLite follows a link, so it must not create what the link names.
        address = f"{self.path.as_uri()}?mode=rw"
        try:
            connection = sqlite3.connect(
                address, timeout=_LONGEST_LOCK, isolation_level=None, uri=True
            )
            with closing(connection):
                opened.append(connection)
                self._refuse_another_file(connection)
                _confine(connection)
                return work(connection)
        except sqlite3.Error as error:
            if isinstance(error, sqlite3.ProgrammingError) or "syntax error" in str(error):
                raise  # the test's own mistake
            raise _describe(error) from None

    def _refuse_what_is_no_file(self) -> None:
        if os.path.realpath(self.path) != str(self.path):
            raise SubmissionError("protocol", "The app's database is a link, not a file.")
        for suffix in ("", *_SIDE_FILES):
            path = Path(f"{self.path}{suffix}")
            if not _is_regular_or_absent(path):
                message = (
                    f"'{path.name}', which belongs to the app's database, is not a regular file."
                )
                raise SubmissionError("protocol", message)

    def _create(self) -> None:
        """Create the file unless something is there, be it a link; opening it tells of errors."""
        with suppress(OSError):
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))

    def _refuse_another_file(self, connection: sqlite3.Connection) -> None:
        """Make sure that no link took the file's place while it was opened."""
        (_, _, opened) = connection.execute("PRAGMA database_list").fetchone()
        if opened != str(self.path):
            raise SubmissionError("protocol", "The app's database is a link, not a file.")


def _is_regular_or_absent(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:  # side files come and go while the submission writes
        return True


def _confine(connection: sqlite3.Connection) -> None:
    """Take SQLite's own advice for files that may be hostile."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
    connection.text_factory = lambda data: data.decode("utf-8", "backslashreplace")
    connection.executescript(_SETTINGS)


def _execute_for_all(
    connection: sqlite3.Connection, sql: str, rows: Sequence[Mapping[str, Value]]
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(sql, rows)
    connection.execute("COMMIT")


def _read_rows(
    connection: sqlite3.Connection, sql: str, parameters: Parameters
) -> list[dict[str, Value]]:
    cursor = connection.execute(sql, parameters)
    names = [name for name, *_ in cursor.description or ()]
    found: list[dict[str, Value]] = []
    size = 0
    for row in cursor:
        found.append(dict(zip(names, row, strict=True)))
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        _keep_limits(len(found), size)
    return found


def _keep_limits(rows: int, size: int) -> None:
    """Raise `SubmissionError` if a query gives more than a test can need."""
    excess = f"{MOST_ROWS} rows" if rows > MOST_ROWS else ""
    excess = f"{LARGEST_RESULT >> 20} MiB" if size > LARGEST_RESULT else excess
    if excess:
        raise SubmissionError("limit", f"The app's database gives more than {excess} to one query.")


def _describe(error: sqlite3.Error) -> SubmissionError:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return SubmissionError("hang", _LOCKED)
    if name == "SQLITE_INTERRUPT":
        return SubmissionError("hang", "A query of the app's database does not end.")
    return SubmissionError("protocol", f"The app's database cannot be used: {error}.")
