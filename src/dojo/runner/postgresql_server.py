"""The server of PostgreSQL: a cluster for one run, from what the distribution's package brings.

It is made in a folder of its own, listens on a free port of 127.0.0.1 and is gone at the end.
"""

import contextlib
import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ..harness.failures import GraderFault
from ..harness.postgresql import SUPERUSER, Cluster
from ..model.errors import UsageError

_LONGEST = 120.0
"""Seconds that it may take to start or to stop."""

_SETTINGS = (
    *("fsync=off", "full_page_writes=off", "max_connections=400"),
    *("unix_socket_directories=", "timezone=UTC"),
)


class PostgresqlMissing(UsageError):
    """Something is not installed; the message says what, and what brings it."""


def find_programs() -> Path:
    """Give the folder of `initdb` and `postgres`, of the newest version that is packaged."""
    if importlib.util.find_spec("psycopg") is None:
        raise PostgresqlMissing(
            "The package 'psycopg' is not installed. Run `nox -s check -- 35 --database postgresql`"
            " once: it adds the package."
        )
    packaged = Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb")
    newest = sorted(packaged, key=lambda path: int(path.parts[-3]))[-1:]
    found = newest[0] if newest else shutil.which("initdb")
    if found is None or sys.platform == "win32":
        raise PostgresqlMissing(
            "PostgreSQL is not installed: there is no program `initdb`. The package 'postgresql' "
            "of the system brings it, for example with `sudo apt-get install postgresql`."
        )
    return Path(found).resolve().parent


@contextlib.contextmanager
def open_cluster() -> Iterator[Cluster]:
    """Make a cluster and start it; at the end stop it and remove its folder.

    No descendant of this process serves it, so that none is ended with those of a submission. It
    stops when this process ends, however that happens.
    """
    programs, password, port = find_programs(), secrets.token_hex(16), find_free_port()
    with tempfile.TemporaryDirectory(prefix="dojo-postgresql-") as name:
        folder, user = Path(name), _find_user()
        data, secret = folder / "data", folder / "password"
        secret.write_text(password, "utf-8")
        for path in (folder, secret):
            if user is not None:
                shutil.chown(path, user)
        command = [str(programs / "initdb"), "--pgdata", str(data), "--username", SUPERUSER]
        command += ["--auth=scram-sha-256", "--pwfile", str(secret), "--no-sync"]
        command += ["--locale=C", "--encoding=UTF8"]
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True, user=user)
        if made.returncode:
            raise GraderFault(f"PostgreSQL cannot make a cluster. {made.stderr.strip()}")
        command = [str(programs / "postgres"), "-D", str(data), "-h", "127.0.0.1"]
        command += [part for each in (*_SETTINGS, f"port={port}") for part in ("-c", each)]
        keeper = subprocess.Popen(
            ["sh", "-c", _KEEPER, "sh", *command], cwd=folder, stdin=subprocess.PIPE, user=user
        )
        keeper.wait()
        assert keeper.stdin is not None
        try:
            _wait_for(lambda: _listens(port), folder)
            yield Cluster(port, password)
        finally:
            keeper.stdin.close()
            _wait_for(lambda: not data.exists(), folder)


_KEEPER = """
exec 3<&0
("$@" 3<&- & server=$!; cat <&3; kill -INT "$server"; wait "$server"; rm -r data) > log 2>&1 &
"""
"""Start a server beside all others; stop it when the end of the standard input comes."""


def _find_user() -> str | None:
    """Name who runs the server in place of root, whom it refuses."""
    if os.geteuid() != 0:
        return None
    import pwd

    names = {each.pw_name for each in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def find_free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def _wait_for(holds: Callable[[], bool], folder: Path) -> None:
    end = time.monotonic() + _LONGEST
    while not holds():
        if time.monotonic() > end:
            said = (folder / "log").read_text("utf-8", "replace").strip()
            raise GraderFault(f"PostgreSQL does not start or stop. {said}")
        time.sleep(0.05)
