"""Keys and parcels in SQLite.

`DATABASE_URL` names the file; without it the database is in memory. A new one starts with a demo.
"""

import functools
import os
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field

from .digests import PREFIX_LENGTH, make_digest

TABLES = """
    CREATE TABLE keys (id INTEGER PRIMARY KEY, client TEXT, prefix TEXT, digest TEXT, scope TEXT,
        expires_at TEXT, revoked_at TEXT, last_used_at TEXT);
    CREATE TABLE parcels (id INTEGER PRIMARY KEY, client TEXT, goes_to TEXT);
    INSERT INTO parcels VALUES (1, 'acme', 'Kochi'), (2, 'borg', 'Goa');
"""
DEMO = (("acme", "demo-acme-read", "read"), ("borg", "demo-borg-write", "write"))

Scope = Literal["read", "write"]

_lock = threading.Lock()


class KeyDraft(BaseModel):
    """What the office says of a new key."""

    scope: Scope
    days: int = Field(ge=1, le=365)


class KeyInfo(BaseModel):
    """What the office may see of a key."""

    id: int
    client: str
    prefix: str
    scope: Scope
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class StoredKey(KeyInfo):
    """A row of the table of keys."""

    digest: str


class ParcelDraft(BaseModel):
    to: str = Field(min_length=1, max_length=100)


class Parcel(ParcelDraft):
    id: int
    client: str


def add_key(client: str, prefix: str, digest: str, scope: Scope, expires_at: datetime) -> StoredKey:
    """Store a new key under the next id."""
    sql = "INSERT INTO keys (client, prefix, digest, scope, expires_at) VALUES (?, ?, ?, ?, ?)"
    row = _execute(f"{sql} RETURNING *", client, prefix, digest, scope, expires_at.isoformat())
    return StoredKey.model_validate(dict(row[0]))


def find_keys(prefix: str) -> list[StoredKey]:
    """Find all keys with a prefix, whatever their state."""
    rows = _execute("SELECT * FROM keys WHERE prefix = ? ORDER BY id", prefix)
    return [StoredKey.model_validate(dict(row)) for row in rows]


def list_keys() -> list[StoredKey]:
    """List all keys of all clients, the oldest first."""
    return [StoredKey.model_validate(dict(row)) for row in _execute("SELECT * FROM keys")]


def revoke_key(key_id: int, moment: datetime) -> None:
    """Write down when a key was revoked."""
    _execute("UPDATE keys SET revoked_at = ? WHERE id = ?", moment.isoformat(), key_id)


def note_use(key_id: int, moment: datetime) -> None:
    """Write down when a key was used."""
    _execute("UPDATE keys SET last_used_at = ? WHERE id = ?", moment.isoformat(), key_id)


def list_parcels(client: str) -> list[Parcel]:
    """List the parcels of a client, the oldest first."""
    rows = _execute("SELECT * FROM parcels WHERE client = ? ORDER BY id", client)
    return [Parcel(id=row["id"], client=row["client"], to=row["goes_to"]) for row in rows]


def add_parcel(client: str, to: str) -> Parcel:
    """Store a parcel of a client under the next id."""
    sql = "INSERT INTO parcels (client, goes_to) VALUES (?, ?) RETURNING id"
    return Parcel(id=_execute(sql, client, to)[0]["id"], client=client, to=to)


def _execute(sql: str, *values: int | str) -> list[sqlite3.Row]:
    with _lock:
        return _connect().execute(sql, values).fetchall()


@functools.cache
def _connect() -> sqlite3.Connection:
    path = os.environ.get("DATABASE_URL", "").partition(":///")[2] or ":memory:"
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.row_factory = sqlite3.Row
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'keys'").fetchall():
        connection.executescript(TABLES)
        expires_at = (datetime.now(UTC) + timedelta(days=365)).isoformat()
        sql = "INSERT INTO keys (client, prefix, digest, scope, expires_at) VALUES (?, ?, ?, ?, ?)"
        for client, key, scope in DEMO:
            values = client, key[:PREFIX_LENGTH], make_digest(key), scope, expires_at
            connection.execute(sql, values)
    return connection
