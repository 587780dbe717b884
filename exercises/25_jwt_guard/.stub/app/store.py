"""Volunteers, revoked tokens and the keys of the login service, in SQLite.

`DATABASE_URL` names the file; without it the database is in memory. A new one starts with a demo.
"""

import functools
import logging
import os
import sqlite3
import threading
from typing import Literal

from pydantic import BaseModel, Field

TABLES = """
    CREATE TABLE keys (id TEXT PRIMARY KEY, secret TEXT);
    CREATE TABLE volunteers (id TEXT PRIMARY KEY, name TEXT, role TEXT, active INTEGER);
    CREATE TABLE revoked (jti TEXT PRIMARY KEY);
    INSERT INTO keys VALUES ('k1', 'demo-key-of-the-login-service-000001');
    INSERT INTO volunteers VALUES ('v7', 'Ada Lovelace', 'helper', 1);
"""

logger = logging.getLogger("kata.store")

_lock = threading.Lock()


class Volunteer(BaseModel):
    id: str
    name: str
    role: Literal["helper", "lead"]
    active: bool = Field(exclude=True)


class StoreUnavailable(Exception):
    """The store of volunteers and revoked tokens cannot be reached."""


def read_keys() -> dict[str, str]:
    """Read the secrets with which the login service signs at the moment, by the id of each key."""
    return {row["id"]: row["secret"] for row in _execute("SELECT * FROM keys")}


def find_volunteer(volunteer_id: str) -> Volunteer | None:
    """Find a volunteer, active or not."""
    logger.info("find_volunteer")
    rows = _ask("SELECT * FROM volunteers WHERE id = ?", volunteer_id)
    return Volunteer.model_validate(dict(rows[0])) if rows else None


def is_revoked(jti: str) -> bool:
    """Tell whether the token with this id has been revoked."""
    logger.info("is_revoked")
    return bool(_ask("SELECT 1 FROM revoked WHERE jti = ?", jti))


def _ask(sql: str, *values: str) -> list[sqlite3.Row]:
    try:
        return _execute(sql, *values)
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(str(error)) from error


def _execute(sql: str, *values: str) -> list[sqlite3.Row]:
    with _lock:
        return _connect().execute(sql, values).fetchall()


@functools.cache
def _connect() -> sqlite3.Connection:
    path = os.environ.get("DATABASE_URL", "").partition(":///")[2] or ":memory:"
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.row_factory = sqlite3.Row
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'keys'").fetchall():
        connection.executescript(TABLES)
    return connection
