"""The key store: texts under keys, each until it expires. What they mean it does not know.

All instances of the service share one SQLite file. Every method is a single statement, so it is
atomic, between processes too. The time is that of `datetime.now(UTC)`.
"""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import aiosqlite
from fastapi import Depends, FastAPI, Request

FILE = Path(tempfile.gettempdir(), "market-keys.sqlite3")

# The file survives the end of a process, but not that of the machine: for that it would have to
# wait for the disk (`synchronous = FULL`).
_SET_UP = """
    PRAGMA synchronous = OFF;
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS keys (
        key TEXT PRIMARY KEY, value TEXT NOT NULL, expires_at REAL NOT NULL
    );
"""
_GET = "SELECT value FROM keys WHERE key = :key AND expires_at > :now"
_SET = """
    INSERT INTO keys VALUES (:key, :value, :expires_at)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
"""
_SET_IF_ABSENT = f"{_SET} WHERE keys.expires_at <= :now"
_COMPARE_AND_SET = """
    UPDATE keys SET value = :value, expires_at = coalesce(:expires_at, expires_at)
    WHERE key = :key AND value = :expected AND expires_at > :now
"""
_DELETE = "DELETE FROM keys WHERE key = :key"
_COMPARE_AND_DELETE = f"{_DELETE} AND value = :expected AND expires_at > :now"


class KeyStore:
    """Texts under keys; `ttl` says for how long. What has expired is not there any more."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def get(self, key: str) -> str | None:
        """Give the text under a key; `None` if there is none."""
        rows = await self._connection.execute_fetchall(_GET, {"key": key, "now": _now()})
        return next((str(row[0]) for row in rows), None)

    async def set(self, key: str, value: str, ttl: timedelta) -> None:
        """Put a text under a key, whatever was there."""
        await self._change(_SET, key=key, value=value, expires_at=_end_of(ttl))

    async def set_if_absent(self, key: str, value: str, ttl: timedelta) -> bool:
        """Put a text under a key that has none; tell whether that is done."""
        return await self._change(_SET_IF_ABSENT, key=key, value=value, expires_at=_end_of(ttl))

    async def compare_and_set(
        self, key: str, expected: str, value: str, ttl: timedelta | None = None
    ) -> bool:
        """Replace the text under a key if it is the expected one; tell whether that is done.

        Without a `ttl` it expires when the text that is replaced would have.
        """
        expires_at = None if ttl is None else _end_of(ttl)
        return await self._change(
            _COMPARE_AND_SET, key=key, expected=expected, value=value, expires_at=expires_at
        )

    async def delete(self, key: str) -> None:
        """Remove the text under a key, whatever it is."""
        await self._change(_DELETE, key=key)

    async def compare_and_delete(self, key: str, expected: str) -> bool:
        """Remove the text under a key if it is the expected one; tell whether that is done."""
        return await self._change(_COMPARE_AND_DELETE, key=key, expected=expected)

    async def _change(self, statement: str, **parameters: Any) -> bool:
        parameters["now"] = _now()
        async with self._connection.execute(statement, parameters) as cursor:
            return cursor.rowcount == 1


def _now() -> float:
    return datetime.now(UTC).timestamp()


def _end_of(ttl: timedelta) -> float:
    return (datetime.now(UTC) + ttl).timestamp()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, KeyStore]]:
    """Open the store, which requests find in their state; close it at the end."""
    async with aiosqlite.connect(FILE, isolation_level=None) as connection:
        await connection.executescript(_SET_UP)
        yield {"store": KeyStore(connection)}


async def get_store(request: Request) -> KeyStore:
    """Give a request the store."""
    store: KeyStore = request.state.store
    return store


Store = Annotated[KeyStore, Depends(get_store)]
