"""A store of texts that all instances of the app share, in SQLite.

`DATABASE_URL` names the file; without it the database is in memory. An entry is gone once the time
`keep_until` has come. Other tasks may run while a call is under way. Each `get` is reported to the
logger `kata.store`.
"""

import asyncio
import functools
import logging
import os
import sqlite3
import time

TABLE = "CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT, keep_until REAL)"


logger = logging.getLogger("kata.store")


class StoreUnavailable(Exception):
    """The store cannot be reached."""


def read_time() -> float:
    """Read the clock of all instances, in seconds."""
    return time.time()


async def get(key: str) -> str | None:
    """Give the value of a key; `None` if there is none."""
    await asyncio.sleep(0)
    sql = "SELECT value FROM entries WHERE key = ? AND keep_until > ?"
    rows = _execute(sql, key, read_time()).fetchall()
    logger.info("read", extra={"key": key})
    await asyncio.sleep(0)
    return rows[0][0] if rows else None


async def compare_and_set(key: str, expected: str | None, value: str, keep_until: float) -> bool:
    """Set the value of a key if it is still the expected one, in one step; tell whether it was.

    With `None` a key is expected that has no value.
    """
    await asyncio.sleep(0)
    _execute("DELETE FROM entries WHERE keep_until <= ?", read_time())
    if expected is None:
        sql = "INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        changed = _execute(sql, key, value, keep_until).rowcount
    else:
        sql = "UPDATE entries SET value = ?, keep_until = ? WHERE key = ? AND value = ?"
        changed = _execute(sql, value, keep_until, key, expected).rowcount
    await asyncio.sleep(0)
    return changed == 1


def _execute(sql: str, *values: str | float) -> sqlite3.Cursor:
    try:
        return _connect().execute(sql, values)
    except sqlite3.Error as error:
        raise StoreUnavailable(str(error)) from error


@functools.cache
def _connect() -> sqlite3.Connection:
    path = os.environ.get("DATABASE_URL", "").partition(":///")[2] or ":memory:"
    connection = sqlite3.connect(path, timeout=60, check_same_thread=False, isolation_level=None)
    connection.execute(TABLE)
    return connection
