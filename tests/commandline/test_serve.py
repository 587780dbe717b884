"""`serve` runs the learner's app with its labs, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import httpx
import pytest

from dojo.harness.processes import end_tree, has_ended, list_descendants

from .conftest import Dojo

POSIX = pytest.mark.skipif(os.name == "nt", reason="sends signals and reads process tables")
DEADLINE = 60.0
"""Seconds after which a test that hangs is ended."""


def find_port() -> int:
    """Find a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def served(repository: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """Serve kata 07 until the block ends; its process is given once the app has started."""
    with subprocess.Popen(
        [sys.executable, "-m", "dojo", "serve", "07", "--port", str(port)],
        cwd=repository,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        guard = Timer(DEADLINE, end_tree, [process.pid])
        guard.start()
        try:
            read_until(process, "startup complete")
            yield process
        finally:
            guard.cancel()
            end_tree(process.pid)


def read_until(process: "subprocess.Popen[str]", words: str) -> str:
    """Read what a process writes, up to the line with these words."""
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if words in line:
            return seen
    raise AssertionError(f"never said '{words}' but:\n{seen}")


@contextmanager
def open_client(port: int) -> Iterator[httpx.Client]:
    """Open a client that tries again while the server opens its port."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        transport=httpx.HTTPTransport(retries=8),
        timeout=DEADLINE,
    ) as client:
        yield client


@POSIX
def test_app_answers_with_its_lab(repository: Path) -> None:
    """The app is served and finds an upstream that answers what the kata's file says."""
    port = find_port()
    with served(repository, port) as process, open_client(port) as client:
        greeting = client.get("/greetings/Asha")
        known = client.get("/partner/Asha")
        unknown = client.get("/partner/nobody")
        told = read_until(process, "/names/Asha")

    assert greeting.json() == {"text": "Hello"}
    assert known.json() == {"name": "Asha", "known": ["as Asha"]}
    assert unknown.status_code == 500
    assert "GET /names/Asha enters, 1 inside" in told


@POSIX
def test_interrupt_ends_everything(repository: Path) -> None:
    """Ctrl-C ends the app and the labs, although a connection is open."""
    port = find_port()
    with served(repository, port) as process, open_client(port) as client:
        client.get("/greetings/Asha")
        started = list_descendants(process.pid)
        process.send_signal(signal.SIGINT)
        told = read_until(process, "has stopped.")
        code = process.wait()

    assert code == 0
    assert "07_greeting has stopped." in told
    assert len(started) >= 2
    assert all(map(has_ended, started))


@POSIX
def test_interrupt_ends_stuck_app(repository: Path) -> None:
    """An app whose event loop stands still can't be asked to end, and is ended."""
    port = find_port()
    with (
        served(repository, port) as process,
        open_client(port) as client,
        socket.socket() as connection,
    ):
        client.get("/greetings/Asha")
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"GET /stuck HTTP/1.1\r\nHost: localhost\r\n\r\n")
        read_until(process, "stuck")
        started = list_descendants(process.pid)
        process.send_signal(signal.SIGINT)
        read_until(process, "has stopped.")
        code = process.wait()

    assert code == 0
    assert all(map(has_ended, started))


@POSIX
def test_termination_ends_everything(repository: Path) -> None:
    """A polite end from outside, as by nox, is as clean as Ctrl-C."""
    with served(repository, find_port()) as process:
        started = list_descendants(process.pid)
        process.terminate()
        read_until(process, "has stopped.")
        code = process.wait()

    assert code == 0
    assert all(map(has_ended, started))


@POSIX
def test_debugger_reads_the_input(repository: Path) -> None:
    """A breakpoint in the app takes its commands from the learner's terminal."""
    port = find_port()
    with served(repository, port) as process, open_client(port) as client:
        assert process.stdin is not None
        process.stdin.write("continue\n")
        process.stdin.flush()
        answer = client.get("/pause")

    assert answer.json() == "resumed"


def test_busy_port_is_told(dojo: Dojo) -> None:
    """A port in use is one sentence with a command that works."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        ended = dojo("serve", "07", "--port", str(port))

    assert ended.code == 2
    assert ended.err.startswith(f"Port '{port}' is used by another program. Run `nox -s serve")


def test_impossible_port_is_told(dojo: Dojo) -> None:
    """A number that no port can have is a wrong call."""
    ended = dojo("serve", "07", "--port", "70000")

    assert ended.code == 2
    assert ended.err.startswith("Port '70000' does not exist. Run `nox -s serve -- 07 --port ")


def test_missing_app_is_told(dojo: Dojo, repository: Path) -> None:
    """Without the module there is nothing to serve."""
    (repository / "exercises/07_greeting/app/main.py").unlink()

    ended = dojo("serve", "07")

    assert ended.code == 2
    assert ended.err == (
        "Kata '07_greeting' has no app to serve: 'app/main.py' is missing. "
        "To start again: `nox -s reset -- 07`.\n"
    )
