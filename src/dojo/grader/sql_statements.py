"""Statements: what a submission asked of its database, read from SQLAlchemy's own log records.

A kata that uses it lists `sqlalchemy.engine` and `sqlalchemy.pool` among its loggers. Statements
that go round SQLAlchemy are not seen here.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

import httpx

from ..harness.evidence import Cancelled, Evidence, Raised, Returned
from ..harness.failures import Failure
from ..harness.hosts import Exchange, Host

_ENGINE = "sqlalchemy.engine"
_POOL = "sqlalchemy.pool"
_LONGEST_SQL = 160
_MOST_SHOWN = 6
_TOKEN = r"(?:\[[^\]]*\] )?"  # the `logging_token` that a submission may have set
_EXECUTED = re.compile(
    rf"{_TOKEN}\[(?:generated in|cached since|no key|raw sql|caching disabled|dialect) "
)
_FETCHED = re.compile(rf"{_TOKEN}Row ")
_CUT = re.compile(r"\((\d+) characters truncated\)")


@dataclass
class Statement:
    """One execution of SQL: its text on one line, its parameters, and the rows fetched from it.

    Both are what SQLAlchemy writes of them; of long values, both ends and how much is between them.
    """

    sql: str
    parameters: str
    fetched: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Give the number of its rows."""
        return len(self.fetched)


def read_statements(evidence: Evidence, exchange: Exchange) -> list[Statement]:
    """Give what was executed on behalf of one call, in order; BEGIN, COMMIT and ROLLBACK aside."""
    statements: list[Statement] = []
    previous = ""
    for log in evidence.logs_of(_ENGINE, exchange.number, exchange.began):
        if log.level == "INFO" and _EXECUTED.match(log.message):  # parameters follow their SQL
            statements.append(Statement(" ".join(previous.split()), log.message))
        elif log.level == "DEBUG" and _FETCHED.match(log.message) and statements:
            statements[-1].fetched.append(log.message)
        previous = log.message
    return statements


def count_checked_out(evidence: Evidence, exchange: Exchange | None = None) -> int:
    """Count the connections that are out of their pool, and alive, when an exchange is over.

    Without an exchange: at the end of the evidence.
    """
    ends = (Returned, Raised, Cancelled)
    over = [
        event.position
        for event in evidence
        if exchange is not None and isinstance(event, ends) and event.call == exchange.number
    ]
    end = min(over, default=len(evidence))
    messages = [log.message for log in evidence.logs(_POOL) if log.position < end]
    taken = sum(message.endswith("checked out from pool") for message in messages)
    returned = sum(message.endswith("being returned to pool") for message in messages)
    given_up = sum(message.startswith("Invalidate connection") for message in messages)
    return taken - returned - given_up


class StatementsExpectation:
    """What is expected of the statements behind one response, which should be finished."""

    def __init__(self, response: httpx.Response) -> None:
        self._host: Host = response.extensions["host"]
        self._exchange: Exchange = response.extensions["exchange"]
        self.statements = read_statements(self._host.evidence, self._exchange)
        if not self.statements:
            expected = "SQL statements that go through SQLAlchemy's engine"
            raise self.fails(expected, "none for this request")

    @property
    def count(self) -> int:
        """Give the number of statements."""
        return len(self.statements)

    @property
    def rows(self) -> int:
        """Give the number of rows that were fetched from all statements together."""
        return sum(statement.rows for statement in self.statements)

    @property
    def length(self) -> int:
        """Give the number of characters in all rows, what SQLAlchemy left out included."""
        return sum(map(_measure, self._list_rows()))

    def at_most(self, number: int, because: str = "") -> Self:
        """Expect no more statements than this."""
        if self.count > number:
            raise self.fails(f"at most {_count(number, 'SQL statement')}", self.describe(), because)
        return self

    def rows_at_most(self, number: int, because: str = "") -> Self:
        """Expect no more rows than this to be fetched by all statements together."""
        if self.rows > number:
            expected = f"at most {_count(number, 'row')} fetched from the database"
            raise self.fails(expected, self.describe(), because)
        return self

    def rows_contain(self, values: Iterable[object], because: str = "") -> Self:
        """Expect that each value stands for itself in some row, unless a row was cut there."""
        rows = "\n".join(self._list_rows())
        missing = [value for value in values if not _stands_in(str(value), rows)]
        if missing and not _CUT.search(rows):
            expected = f"a row with '{missing[0]}' in the log of the engine"
            raise self.fails(expected, self.describe(), because)
        return self

    def rows_lack(self, text: str, because: str = "") -> Self:
        """Expect that a text stands in no row."""
        if any(text in row for row in self._list_rows()):
            raise self.fails(f"no row with '{text}'", self.describe(), because)
        return self

    def _list_rows(self) -> list[str]:
        return [row for statement in self.statements for row in statement.fetched]

    def describe(self) -> str:
        """Say what was executed and fetched, equal statements on one line."""
        executed = Counter(statement.sql for statement in self.statements)
        fetched: Counter[str] = Counter()
        for statement in self.statements:
            fetched[statement.sql] += statement.rows
        lines = [f"{_count(self.count, 'statement')}, {_count(self.rows, 'row')}:"]
        for sql, times in executed.most_common(_MOST_SHOWN):
            lines.append(f"{times} ×, {_count(fetched[sql], 'row')}: {_shorten(sql)}")
        left_out = len(executed) - _MOST_SHOWN
        lines += [f"and {left_out} others"] if left_out > 0 else []
        return "\n".join(lines)

    def fails(self, expected: str, seen: str, because: str = "") -> Failure:
        """Make a failure about these statements."""
        where = self._exchange.endpoint
        return Failure(expected, seen, list(self._host.history), because, where)


def expect_statements(response: httpx.Response) -> StatementsExpectation:
    """Start expectations of the SQL behind a response; `Failure` if there was none."""
    return StatementsExpectation(response)


def _measure(row: str) -> int:
    return len(row) + sum(int(cut) for cut in _CUT.findall(row))


def _stands_in(value: str, rows: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(value)}(?!\w)", rows) is not None


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _shorten(sql: str) -> str:
    """Leave out the middle, which is the list of columns as a rule."""
    half = _LONGEST_SQL // 2
    return sql if len(sql) <= _LONGEST_SQL else f"{sql[:half]} … {sql[-half:]}"
