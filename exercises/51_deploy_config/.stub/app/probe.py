"""Serve the shop with uvicorn, be its peer, and write as JSON what came of it.

    python -m app.probe config
    python -m app.probe ask PEER PATH [HEADER=VALUE ...]
    python -m app.probe stop
    python -m app.probe entrypoint

The server is uvicorn's own. Only the sockets are made here, so that a peer can have any address.
"""

import asyncio
import contextlib
import io
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.importer import ImportFromStringError, import_from_string

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

ENVIRON = dict(os.environ)
for _name in ENVIRON:
    if _name.startswith("SHOP_"):  # `read_config` gets these, and nobody else
        del os.environ[_name]

PAGES = ["page 1", "page 2"]
main: Any = import_module("shop.main")


SHOWN = ("host", "port", "uds", "fd", "workers", "reload", "timeout_graceful_shutdown")
STREAM = (socket.AF_UNIX, socket.SOCK_STREAM, 0)


class Connection(socket.socket):
    """The server's end of a connection, whose peer has the address that it is given."""

    peer = ("", 0)

    def getpeername(self) -> tuple[str, int]:
        return self.peer


class Listener(socket.socket):
    """A listening socket, to which only this process can connect."""

    def __init__(self) -> None:
        ours, self._bell = socket.socketpair()
        super().__init__(*STREAM, fileno=ours.detach())
        self.setblocking(False)
        self._waiting: list[Connection] = []
        self.closed = asyncio.Event()

    def listen(self, backlog: int = 0, /) -> None:
        pass

    def accept(self) -> tuple[socket.socket, tuple[str, int]]:
        self.recv(1)
        connection = self._waiting.pop(0)
        return connection, connection.peer

    def close(self) -> None:
        self.closed.set()
        self._bell.close()
        super().close()

    def connect_from(self, peer: str) -> socket.socket:
        """Connect as this peer; give its end of the connection."""
        if self.closed.is_set():
            raise ConnectionRefusedError
        ours, theirs = socket.socketpair()
        connection = Connection(*STREAM, fileno=theirs.detach())
        connection.peer = (peer, 50123)
        self._waiting.append(connection)
        self._bell.send(b"1")
        return ours


class ProbedServer(uvicorn.Server):
    """The server, which says when it began to listen and to wait for requests in flight."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens, self.waits = asyncio.Event(), asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # `stop` calls the handler itself: uvicorn would end this process afterwards

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()

    async def _wait_tasks_to_complete(self) -> None:
        for _ in range(3):
            await asyncio.sleep(0)  # a limit of no seconds ends it here
        self.waits.set()
        await super()._wait_tasks_to_complete()


class SlowPrinter:
    """A printer that waits in the middle of a report."""

    def __init__(self) -> None:
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()

    async def print_report(self) -> list[str]:
        self.begun.set()
        await self.may_end.wait()
        return PAGES


@contextlib.asynccontextmanager
async def serve(config: uvicorn.Config) -> AsyncIterator[tuple[ProbedServer, Listener, Any]]:
    """Serve as long as the block runs, or until the server ends by itself."""
    server, listener = ProbedServer(config), Listener()
    task = asyncio.create_task(server.serve([listener]))
    listens = asyncio.create_task(server.listens.wait())
    await asyncio.wait([task, listens], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    try:
        yield server, listener, task
    finally:
        server.handle_exit(signal.SIGTERM, None)
        await task


async def request(end: socket.socket, path: str, headers: list[str]) -> dict[str, Any]:
    """Send a GET and read the answer to its end."""
    reader, writer = await asyncio.open_connection(sock=end)
    lines = [f"GET {path} HTTP/1.1", "Host: shop.example", "Connection: close", *headers]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    answer = await reader.read()
    writer.close()
    head, _, body = answer.decode().partition("\r\n\r\n")
    status, *fields = head.split("\r\n")
    found = {name.lower(): value for name, _, value in (each.partition(": ") for each in fields)}
    code = int(status.split()[1]) if status else None
    return {"status": code, "location": found.get("location"), "body": body}


async def ask(config: uvicorn.Config, peer: str, path: str, *headers: str) -> dict[str, Any]:
    """Ask once, as this peer."""
    async with serve(config) as (_, listener, _task):
        lines = [each.replace("=", ": ", 1) for each in headers]
        return await request(listener.connect_from(peer), path, lines)


async def stop(config: uvicorn.Config) -> dict[str, Any]:
    """Have SIGTERM come while a report is printed; then ask once more, and let it be printed."""
    printer = SlowPrinter()
    main.app.dependency_overrides[main.get_printer] = lambda: printer
    async with serve(config) as (server, listener, task):
        report = asyncio.create_task(request(listener.connect_from("10.0.0.1"), "/report", []))
        await printer.begun.wait()
        server.handle_exit(signal.SIGTERM, None)  # what uvicorn does when the signal comes
        await listener.closed.wait()
        try:
            listener.connect_from("10.0.0.1").close()
            later = "accepted"
        except ConnectionRefusedError:
            later = "refused"
        waits = asyncio.create_task(server.waits.wait())
        await asyncio.wait([waits, report], return_when=asyncio.FIRST_COMPLETED)
        printer.may_end.set()
        answer = await report
        await task
    return {"report": answer, "later": later}


def check_entrypoint() -> dict[str, Any]:
    """Import what `fastapi run` would, from `pyproject.toml`."""
    import tomllib

    found = tomllib.loads((FOLDER / "pyproject.toml").read_text("utf-8"))
    entrypoint = found.get("tool", {}).get("fastapi", {}).get("entrypoint")
    try:
        leads = import_from_string(entrypoint) is main.app if entrypoint else False
    except (ImportFromStringError, ImportError) as error:
        return {"entrypoint": entrypoint, "leads_to_app": False, "error": str(error)}
    return {"entrypoint": entrypoint, "leads_to_app": leads}


def run(command: str, *arguments: str) -> dict[str, Any]:
    """Do what the command says."""
    if command == "entrypoint":
        return check_entrypoint()
    try:
        values = import_module("shop.serve").read_config(ENVIRON)
    except ValueError as error:
        return {"refused": str(error)}
    config = uvicorn.Config(**values)
    if command == "config":
        given = values.get("app")
        shown = given if isinstance(given, str) else {"no import string": type(given).__name__}
        return {"app": shown} | {name: getattr(config, name) for name in SHOWN}
    return asyncio.run(ask(config, *arguments) if command == "ask" else stop(config))


if __name__ == "__main__":
    log = io.StringIO()
    try:
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            came = run(*sys.argv[1:])
    except BaseException:
        sys.stderr.write(log.getvalue())
        raise
    access = [line for line in log.getvalue().splitlines() if "HTTP/1.1" in line]
    print(json.dumps(came | {"access_log_lines": len(access)}, default=repr))
