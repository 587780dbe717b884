"""Accounts in SQLite, with what is counted of failures. It decides nothing.

`DATABASE_URL` names the file; without it the database is in memory.
"""

import functools
import os
import sqlite3
import threading
from datetime import datetime

from pydantic import BaseModel, Field

TABLE = """
    CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, email TEXT UNIQUE,
        password_hash TEXT, disabled INTEGER DEFAULT 0, failures INTEGER DEFAULT 0,
        locked_until TEXT)
"""

_lock = threading.Lock()


class UserDraft(BaseModel):
    """What the desk says of a new member."""

    email: str = Field(min_length=3, max_length=200)
    password: str = Field(min_length=8, max_length=200)


class UserInfo(BaseModel):
    """What anybody may see of an account."""

    id: int
    email: str


class User(UserInfo):
    """A row of the table of accounts."""

    password_hash: str
    disabled: bool
    failures: int
    locked_until: datetime | None


def add_user(email: str, password_hash: str) -> User | None:
    """Store a new account under the next id; `None` if the e-mail has one."""
    sql = "INSERT INTO users (email, password_hash) VALUES (?, ?) ON CONFLICT DO NOTHING"
    return _read(_execute(f"{sql} RETURNING *", email, password_hash))


def find_user(email: str) -> User | None:
    """Find the account with exactly this e-mail, `None` if there is none."""
    return _read(_execute("SELECT * FROM users WHERE email = ?", email))


def count_failure(user_id: int) -> int:
    """Add one to the failures of an account, and give how many there are now."""
    sql = "UPDATE users SET failures = failures + 1 WHERE id = ? RETURNING failures"
    return int(_execute(sql, user_id)[0]["failures"])


def clear_failures(user_id: int) -> None:
    """Set the failures of an account to zero."""
    _execute("UPDATE users SET failures = 0 WHERE id = ?", user_id)


def lock_user(user_id: int, until: datetime) -> None:
    """Write down until when an account is locked; its failures stay as they are."""
    _execute("UPDATE users SET locked_until = ? WHERE id = ?", until.isoformat(), user_id)


def _read(rows: list[sqlite3.Row]) -> User | None:
    return User.model_validate(dict(rows[0])) if rows else None


def _execute(sql: str, *values: int | str) -> list[sqlite3.Row]:
    with _lock:
        return _connect().execute(sql, values).fetchall()


@functools.cache
def _connect() -> sqlite3.Connection:
    path = os.environ.get("DATABASE_URL", "").partition(":///")[2] or ":memory:"
    connection = sqlite3.connect(path, timeout=60, check_same_thread=False, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute(TABLE)
    return connection
