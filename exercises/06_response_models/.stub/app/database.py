"""The database: members and tools in SQLite. It gives whole records, secrets included.

`DATABASE_URL` names the file; without it the database is in memory. A new one starts with a demo.
"""

import functools
import hashlib
import json
import os
import secrets
import sqlite3
import threading
from types import SimpleNamespace
from typing import Any

LARGEST_ID = 2**63 - 1

DEMO = """
    CREATE TABLE members (id INTEGER PRIMARY KEY, email TEXT, hashed_password TEXT,
        display_name TEXT, trusted INTEGER, profile TEXT);
    CREATE TABLE tools (id INTEGER PRIMARY KEY, name TEXT, owner_id INTEGER, borrower_id INTEGER);
    INSERT INTO members VALUES
        (1, 'asha@example.com', NULL, 'Asha', 1, '{"city": "Pune", "phone": "020 555 01"}'),
        (2, 'luis@example.com', NULL, 'Luís', 0, '{"about": null, "skills": "welding"}');
    INSERT INTO tools VALUES (1, 'Drill', 1, 2), (2, 'Ladder', 2, NULL);
"""

_lock = threading.Lock()


class Record(SimpleNamespace):
    """A row: it has an attribute for each column that its table has today."""


def list_members() -> list[Record]:
    """Read all members, in the order of their ids."""
    return _execute("SELECT * FROM members ORDER BY id")


def find_member(member_id: int) -> Record | None:
    """Read a member, `None` if no member has this id."""
    if abs(member_id) > LARGEST_ID:
        return None
    return next(iter(_execute("SELECT * FROM members WHERE id = ?", member_id)), None)


def read_profile(member: Record) -> dict[str, Any]:
    """Read what a member has filled in about themselves, in whatever fields there ever were."""
    profile: dict[str, Any] = json.loads(member.profile or "{}")
    return profile


def list_tools() -> list[Record]:
    """Read all tools by id, each with its `owner` and its `borrower`, a member or `None`."""
    tools = _execute("SELECT * FROM tools ORDER BY id")
    for tool in tools:
        tool.owner = find_member(tool.owner_id)
        tool.borrower = None if tool.borrower_id is None else find_member(tool.borrower_id)
    return tools


def add_member(email: str, display_name: str, password: str) -> Record:
    """Store a new member under the next id, not trusted yet, with a hash of the password."""
    sql = """
        INSERT INTO members (email, display_name, hashed_password, trusted)
        VALUES (?, ?, ?, 0) RETURNING *
    """
    return _execute(sql, email, display_name, hash_password(password))[0]


def hash_password(password: str) -> str:
    """Give salt and hash of a password; n is far too small for real use, so that this is fast."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, n=16, r=8, p=1).hex()}"


def _execute(sql: str, *values: int | str) -> list[Record]:
    with _lock:
        cursor = _connect().execute(sql, values)
        names = [name for name, *_ in cursor.description]
        return [Record(**dict(zip(names, row, strict=True))) for row in cursor]


@functools.cache
def _connect() -> sqlite3.Connection:
    path = os.environ.get("DATABASE_URL", "").partition(":///")[2] or ":memory:"
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'members'").fetchall():
        connection.executescript(DEMO)
        for member_id in (1, 2):
            values = hash_password(secrets.token_hex()), member_id
            connection.execute("UPDATE members SET hashed_password = ? WHERE id = ?", values)
    return connection
