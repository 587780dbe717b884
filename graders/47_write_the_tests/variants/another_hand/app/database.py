"""The shop's database: one SQLite file, and one session with it for each request."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Annotated

from fastapi import Depends, Request

SCHEMA = """
CREATE TABLE IF NOT EXISTS members (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    token_hash TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    price TEXT NOT NULL,
    stock INTEGER NOT NULL CHECK (stock >= 0)
);
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY,
    member_id INTEGER NOT NULL REFERENCES members
);
CREATE TABLE IF NOT EXISTS order_lines (
    order_id INTEGER NOT NULL REFERENCES orders,
    item_id INTEGER NOT NULL REFERENCES items DEFERRABLE INITIALLY DEFERRED,
    quantity INTEGER NOT NULL
);
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
    with closing(request.app.state.database.connect()) as session, session:
        yield session


# The scope "function" ends before the reply is sent: nobody is told 201 for a lost row.
Session = Annotated[sqlite3.Connection, Depends(get_session, scope="function")]
