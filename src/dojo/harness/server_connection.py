"""The server connection: calls over real connections to real uvicorn in the host.

What the application sends is read where a client reads it. What it logs, and how its calls end,
comes over the host's own socket as ever. A client of this kind is ordinary: it cannot hold the
application where it stands, nor reach behind the server. Whoever asks for that gets `DriverNeeded`.
"""

import asyncio
import contextlib
import functools
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import h11
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from ..host.frames import LARGEST_HEAD, LARGEST_MESSAGE
from ..host.server import CALL_HEADER
from .connections import AnyEvent, Connection
from .evidence import Begun, Cancelled, Event, Evidence, Raised, Returned, Sent, Served
from .failures import DriverNeeded, SubmissionError
from .hosts import Host
from .http_client import DEFAULT_CLIENT
from .snapshot_process import Changes, SnapshotProcess
from .websocket_client import CONNECTION_LOST, HANDSHAKE_HEADERS

ADDRESS = "127.0.0.1"

_READ_SIZE = 64 * 1024

Ended = Returned | Raised | Cancelled


class ServerCall:
    """One call: what is `pushed` goes out, and what was `told` of it by the host pairs answers."""

    def __init__(
        self,
        number: int,
        scope: dict[str, Any],
        port: int,
        pass_on: Callable[[Event], None],
    ) -> None:
        self.pushed: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.told: asyncio.Queue[Sent | Ended] = asyncio.Queue()
        self.arrived = asyncio.Event()
        """Set once the application is called, or never will be."""
        self._scope = scope
        self._port = port
        self._number = number
        self._pass_on = pass_on
        self._ended: Ended | None = None
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        self._target = scope["raw_path"] + query
        self._name = (CALL_HEADER, str(number).encode())

    async def run(self) -> None:
        """Make the call, and pass on how it ended once all is passed on that came of it."""
        with contextlib.suppress(OSError):  # a server that closes a connection ends the call too
            await self._talk()
        self.arrived.set()
        while self._ended is None:
            await self._hear()
        self._pass_on(self._ended)

    async def _talk(self) -> None:
        raise NotImplementedError

    async def _hear(self) -> Sent | None:
        """Wait until the host tells what the application does next; `None` once that is nothing."""
        told = await self.told.get() if self._ended is None else self._ended
        if isinstance(told, Sent):
            return told
        self._ended = told
        return None

    async def _pass(self, event: dict[str, Any]) -> None:
        told = await self._hear()
        endpoint = told.endpoint if told is not None else None
        self._pass_unpaired(event, endpoint)

    def _pass_unpaired(self, event: dict[str, Any], endpoint: Any = None) -> None:
        self._pass_on(Sent(kind="send", call=self._number, event=event, endpoint=endpoint))


class HttpServerCall(ServerCall):
    """A request and its response, on a connection that is closed after it."""

    async def _talk(self) -> None:
        reader, writer = await asyncio.open_connection(ADDRESS, self._port)
        client = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        try:
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(self._write(client, writer))
                await self._read(client, reader)
                writing.cancel()
        finally:
            writer.transport.abort()

    async def _write(self, client: h11.Connection, writer: asyncio.StreamWriter) -> None:
        request = h11.Request(
            method=self._scope["method"],
            target=self._target,
            headers=[*self._scope["headers"], self._name],
        )
        writer.write(client.send(request) or b"")
        while (event := await self.pushed.get())["type"] != "http.disconnect":
            data = client.send(h11.Data(event["body"])) or b""
            data += b"" if event["more_body"] else client.send(h11.EndOfMessage()) or b""
            writer.write(data)
            with contextlib.suppress(OSError):  # it may answer before it has read everything
                await writer.drain()
        writer.transport.abort()

    async def _read(self, client: h11.Connection, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError, h11.RemoteProtocolError):  # the response breaks off
            while True:
                match client.next_event():
                    case h11.NEED_DATA:
                        client.receive_data(await reader.read(_READ_SIZE))
                    case h11.Response(status_code=status, headers=headers):
                        start = {"type": "http.response.start", "status": status}
                        await self._pass(start | {"headers": [list(pair) for pair in headers]})
                    case h11.Data(data=data):
                        self._pass_unpaired(_make_body(bytes(data), more=True))
                    case h11.EndOfMessage():
                        self._pass_unpaired(_make_body(b"", more=False))
                        return
                    case h11.ConnectionClosed():
                        return


def _make_body(data: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


class WebSocketServerCall(ServerCall):
    """A WebSocket session."""

    async def _talk(self) -> None:
        assert (await self.pushed.get())["type"] == "websocket.connect"
        with contextlib.suppress(InvalidMessage):  # the connection is closed without a response
            try:
                async with self._connect() as session:
                    await self._pass_accept(session)
                    await self._exchange(session)
            except InvalidStatus as refusal:
                response = refusal.response
                start = {"type": "websocket.http.response.start", "status": response.status_code}
                await self._pass(start | {"headers": _read_headers(response.headers)})
                await self._pass(
                    {"type": "websocket.http.response.body", "body": bytes(response.body or b"")}
                )

    def _connect(self) -> connect:
        own = [pair for pair in self._scope["headers"] if pair[0] not in HANDSHAKE_HEADERS]
        return connect(
            f"ws://{ADDRESS}:8000{self._target.decode('ascii')}",
            host=ADDRESS,
            port=self._port,
            additional_headers=[
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in (*own, self._name)
            ],
            subprotocols=self._scope["subprotocols"] or None,
            compression=None,
            user_agent_header=None,
            ping_interval=None,
            max_size=LARGEST_MESSAGE,
            proxy=None,
        )

    async def _pass_accept(self, session: ClientConnection) -> None:
        assert session.response is not None
        headers = _read_headers(session.response.headers)
        accept = {"type": "websocket.accept", "subprotocol": session.subprotocol}
        await self._pass(accept | {"headers": headers})

    async def _exchange(self, session: ClientConnection) -> None:
        """Send and receive messages until the session is closed."""
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(self._write(session))
            await self._read(session)
            writing.cancel()

    async def _read(self, session: ClientConnection) -> None:
        try:
            while True:
                message = await session.recv()
                content = {"text" if isinstance(message, str) else "bytes": message}
                await self._pass({"type": "websocket.send", **content})
        except ConnectionClosed as closed:
            if closed.rcvd is not None and closed.rcvd_then_sent:
                close = {"code": closed.rcvd.code, "reason": closed.rcvd.reason}
                await self._pass({"type": "websocket.close", **close})

    async def _write(self, session: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                match await self.pushed.get():
                    case {"text": str() as text}:
                        await session.send(text)
                    case {"bytes": bytes() as data}:
                        await session.send(data)
                    case {"code": code} if code == CONNECTION_LOST:
                        session.transport.abort()
                    case {"code": int() as code, "reason": str() as reason}:
                        await session.close(code, reason)


def _read_headers(headers: Any) -> list[list[bytes]]:
    return [
        [name.lower().encode("latin-1"), value.encode("latin-1")]
        for name, value in headers.raw_items()
    ]


SERVER_CALLS: dict[str, type[ServerCall]] = {
    "http": HttpServerCall,
    "websocket": WebSocketServerCall,
}


_BEYOND_CLIENTS = {
    "sent": "a client that takes what the app sends step by step",
    "hold": "a client that stops reading",
    "cancel": "a server that cancels one call",
}
"""What only the driver can do, by the kind of frame that asks for it."""


class ServerConnection(Connection):
    """A connection to a host on whose side uvicorn makes the calls."""

    def __init__(self, evidence: Evidence, port: int) -> None:
        super().__init__(evidence)
        self._port = port
        self._lifespan: int | None = None
        self._calls: dict[int, ServerCall] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def write(self, frame: dict[str, Any]) -> None:
        """Do what a frame asks for, over the network if it is a call; else `DriverNeeded`."""
        match frame["kind"]:
            case "start":
                self._start(frame["call"], frame["scope"], stepped=frame["acknowledge"])
            case "events" if frame["call"] == self._lifespan:
                if frame["events"][0]["type"] == "lifespan.shutdown":
                    super().write({"kind": "stop"})
            case "events":
                for event in frame["events"]:
                    self._calls[frame["call"]].pushed.put_nowait(event)
            case "settle":
                self._run(self._settle(frame))
            case kind if kind in _BEYOND_CLIENTS:
                raise DriverNeeded(_BEYOND_CLIENTS[kind])
            case _:
                super().write(frame)

    def close(self) -> None:
        """Close all connections: the host ends."""
        for task in self._tasks:
            task.cancel()
        super().close()

    def _start(self, number: int, scope: dict[str, Any], *, stepped: bool) -> None:
        if scope["type"] == "lifespan":
            self._lifespan = number
            super().write({"kind": "serve", "options": {}, "call": number})
            return
        if stepped:
            raise DriverNeeded(_BEYOND_CLIENTS["sent"])
        if scope["client"] != DEFAULT_CLIENT:
            raise DriverNeeded("a client with an address of its own, or with none")
        make = SERVER_CALLS[scope["type"]]
        call = self._calls[number] = make(number, scope, self._port, self.queue(number).put_nowait)
        self._run(call.run())

    async def _settle(self, frame: dict[str, Any]) -> None:
        """Have the loop come to rest once it was given all requests that are on their way."""
        for call in list(self._calls.values()):
            await call.arrived.wait()
        super().write(frame)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            assert isinstance(error, Exception)
            self._end(error)

    def _pass_on(self, event: AnyEvent) -> None:
        call = self._calls.get(getattr(event, "call", 0))
        if isinstance(event, Begun):
            if call is not None:
                call.arrived.set()
        elif call is not None and isinstance(event, Sent | Returned | Raised | Cancelled):
            call.told.put_nowait(event)
        elif isinstance(event, Served) and event.error is not None:
            self._end(SubmissionError("startup", f"Uvicorn cannot serve the app: {event.error}"))
        else:
            super()._pass_on(event)


async def open_server(snapshot: SnapshotProcess, environment: Changes | None = None) -> Host:
    """Open a host that will serve at a free port of this machine, reached from here alone."""
    with contextlib.closing(socket.create_server((ADDRESS, 0))) as listener:
        open_connection = functools.partial(ServerConnection.open, port=listener.getsockname()[1])
        return await Host.open(snapshot, [listener], environment, open_connection)
