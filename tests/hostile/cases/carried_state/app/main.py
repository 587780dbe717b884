"""Attack or accident: a database in the working folder remembers the run before."""

import contextlib
import socket
import sqlite3
import tempfile
from pathlib import Path

from fastapi import FastAPI

from . import right
from .targets import TOKEN, acted

wrong = FastAPI()
held = []


def find_traces():
    for folder in {Path.cwd(), Path("~").expanduser(), Path(tempfile.gettempdir())}:
        trace = folder / f"trace-{TOKEN}"
        if trace.exists():
            yield trace
        with contextlib.suppress(OSError):
            trace.touch()
    with contextlib.suppress(sqlite3.Error, OSError):
        database = sqlite3.connect("runs.db")
        database.execute("create table if not exists runs (number)")
        database.execute("insert into runs values (1)")
        database.commit()
        if database.execute("select count(*) from runs").fetchone()[0] > 1:
            yield "rows"
    try:
        held.append(socket.socket(socket.AF_UNIX))
        held[-1].bind(f"\0trace-{TOKEN}")
    except OSError as error:
        if "in use" in str(error):
            yield "socket"


async def app(scope, receive, send):
    global chosen
    if scope["type"] == "lifespan":
        acted("startup")
        chosen = right.app if list(find_traces()) else wrong
    await chosen(scope, receive, send)
