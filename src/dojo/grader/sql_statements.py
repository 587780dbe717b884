"""Statements: what a submission asked of its database, read from SQLAlchemy's own log records.

A kata that uses it lists `sqlalchemy.engine` and `sqlalchemy.pool` among its loggers. Statements
that go round SQLAlchemy are not seen here.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Self

import httpx

from ..harness.evidence import Evidence
from ..harness.failures import Failure
from ..harness.hosts import Exchange, Host

_ENGINE = "sqlalchemy.engine"
_POOL = "sqlalchemy.pool"
_LONGEST_SQL = 160
_MOST_SHOWN = 6


@dataclass
class Statement:
    """One execution of SQL: its text on one line, and how many rows were fetched from it."""

    sql: str
    rows: int = 0


def read_statements(evidence: Evidence, exchange: Exchange) -> list[Statement]:
    """Give what was executed on behalf of one call, in order; BEGIN, COMMIT and ROLLBACK aside."""
    statements: list[Statement] = []
    previous = ""
    for log in evidence.logs(_ENGINE):
        if log.call != exchange.number:
            continue
        if log.level == "INFO" and log.message.startswith("["):  # parameters follow their SQL
            statements.append(Statement(" ".join(previous.split())))
        elif log.message.startswith("Row ") and log.level == "DEBUG" and statements:
            statements[-1].rows += 1
        previous = log.message
    return statements


def count_checked_out(evidence: Evidence) -> int:
    """Count the connections that are out of their pool at the end of the evidence."""
    messages = [log.message for log in evidence.logs(_POOL)]
    taken = sum(message.endswith("checked out from pool") for message in messages)
    returned = sum(message.endswith("being returned to pool") for message in messages)
    return taken - returned


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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _shorten(sql: str) -> str:
    """Leave out the middle, which is the list of columns as a rule."""
    half = _LONGEST_SQL // 2
    return sql if len(sql) <= _LONGEST_SQL else f"{sql[:half]} … {sql[-half:]}"
