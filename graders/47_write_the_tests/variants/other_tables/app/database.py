"""The shop's database: one SQLite file, and one session with it for each request."""

import sqlite3
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request

SCHEMA = """
CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    secret TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS goods (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    price TEXT NOT NULL,
    stock INTEGER NOT NULL CHECK (stock >= 0)
);
CREATE TABLE IF NOT EXISTS purchases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    member_id INTEGER NOT NULL REFERENCES people
);
CREATE TABLE IF NOT EXISTS purchase_lines (
    order_id INTEGER NOT NULL REFERENCES purchases,
    item_id INTEGER NOT NULL REFERENCES goods DEFERRABLE INITIALLY DEFERRED,
    quantity INTEGER NOT NULL
);
INSERT INTO sqlite_sequence (name, seq)
SELECT name, 1000 * length(name) FROM sqlite_master
WHERE name IN ('people', 'goods', 'purchases')
AND NOT EXISTS (SELECT * FROM sqlite_sequence);
"""


class Database:
    """The file in which the shop keeps everything."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.closed = False

    def create_tables(self) -> None:
        connection = self.connect()
        connection.executescript(SCHEMA)
        connection.close()

    def connect(self) -> sqlite3.Connection:
        if self.closed:
            raise RuntimeError("The database is closed.")
        connection = sqlite3.connect(self.path, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = OFF")  # a crash of the shop loses nothing even so
        return connection

    def close(self) -> None:
        self.closed = True


def get_session(request: Request) -> Iterator[sqlite3.Connection]:
    """Give a session that is committed if the request goes well, and only then."""
    session = request.app.state.database.connect()
    try:
        yield session
        session.commit()
    finally:
        session.close()


# The scope "function" ends before the reply is sent: nobody is told 201 for a lost row.
Session = Annotated[sqlite3.Connection, Depends(get_session, scope="function")]
