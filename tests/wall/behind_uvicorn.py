"""Behind uvicorn: the app of a case is served by uvicorn's own protocols on loopback."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from .cases import Case, Protocol, Request, Session
from .outcomes import Notes, Outcome, ask, wait_for


class Notebook(logging.Handler):
    """Collect what an app notes."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())

    def read(self) -> list[str]:
        """Give all lines so far."""
        return list(self.lines)


@contextlib.contextmanager
def open_notebook() -> Iterator[Notebook]:
    """Collect the notes of one case."""
    notebook = Notebook()
    logger = logging.getLogger("kata.wall")
    logger.addHandler(notebook)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield notebook
    finally:
        logger.removeHandler(notebook)


@contextlib.asynccontextmanager
async def serve(case: Case, protocol: Protocol) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """Serve the app of a case; give the server and its port."""
    names: dict[str, Any] = {}
    exec(compile(case.source, "<case>", "exec"), names)
    config = uvicorn.Config(
        names["app"],
        http=protocol,
        log_config=None,
        ws_ping_interval=None,
        timeout_keep_alive=0,  # a client that waits for more is not kept waiting
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await server.startup(sockets=[listener])
        try:
            yield server, listener.getsockname()[1]
        finally:
            await _stop(server)


async def _stop(server: uvicorn.Server) -> None:
    for each in server.servers:
        each.close()
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    for task in list(server.server_state.tasks):
        task.cancel()
    await asyncio.sleep(0)


async def run_behind_uvicorn(case: Case, protocol: Protocol) -> Outcome:
    """Run a case on loopback."""
    with open_notebook() as notebook:
        if isinstance(case.client, Request | Session):
            async with serve(case, protocol) as (_, port):
                if isinstance(case.client, Request):
                    return await _ask(case.client, port, notebook.read)
                return await _talk(case.client, port, notebook.read)
        return await _live(case, protocol, notebook)


async def _ask(request: Request, port: int, notes: Notes) -> Outcome:
    base = f"http://127.0.0.1:{port}"
    headers = {"accept-encoding": "identity", "user-agent": "curl/8.0"}
    async with httpx.AsyncClient(
        base_url=base, trust_env=False, verify=False, headers=headers
    ) as client:
        return await ask(client, request, notes)


async def _live(case: Case, protocol: Protocol, notebook: Notebook) -> Outcome:
    outcome = Outcome()
    try:
        async with serve(case, protocol) as (server, port):
            outcome = await _ask(Request(), port, notebook.read)
            await server.lifespan.shutdown()
            failed = server.lifespan.should_exit
            outcome.end = "shutdown fails" if failed else "stopped"
    except SystemExit:
        outcome.end = "startup fails"
    outcome.notes = notebook.read()
    return outcome


async def _talk(session: Session, port: int, notes: Notes) -> Outcome:
    outcome = Outcome()
    connecting = connect(
        f"ws://127.0.0.1:{port}{session.target}",
        additional_headers=session.headers,
        subprotocols=session.subprotocols or None,  # type: ignore[arg-type]
        compression=None,
        user_agent_header=None,
        ping_interval=None,
        max_size=None,
        close_timeout=0.1,
        proxy=None,
    )
    try:
        async with connecting as connection:
            outcome.status = connection.response.status_code if connection.response else None
            await _take_steps(connection, session, outcome, notes)
    except InvalidStatus as error:
        outcome.status = error.response.status_code
        outcome.body = bytes(error.response.body)
        raw = error.response.headers.raw_items()
        outcome.keep_headers([(name.encode(), value.encode()) for name, value in raw])
        outcome.end = "refused"
    except InvalidMessage:
        outcome.end = "broken off"
    await wait_for(notes, "app ends")
    outcome.notes = notes()
    return outcome


async def _take_steps(
    connection: ClientConnection, session: Session, outcome: Outcome, notes: Notes
) -> None:
    for step, argument in session.steps:
        match step, argument:
            case "send", str() | bytes():
                await connection.send(argument)
            case "see", str():
                await wait_for(notes, argument)
            case "leave", (int(code), str(reason)):
                await connection.close(code, reason)
            case "vanish", _:
                connection.transport.abort()
            case "read", int(count):
                for _ in range(count):
                    outcome.messages.append(await connection.recv())
    try:
        while True:
            outcome.messages.append(await connection.recv())
    except ConnectionClosed as error:
        received = error.rcvd
        outcome.end = f"closed {received.code} {received.reason}" if received else "lost"
