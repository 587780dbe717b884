"""The server connection: calls over real connections to real uvicorn in the host.

What the application sends is read where a client reads it. What it logs, and how its calls end,
comes over the host's own socket as ever. A client of this kind is ordinary: it cannot hold the
application where it stands, nor reach behind the server. Whoever asks for that gets `DriverNeeded`.
"""

import asyncio
import contextlib
import functools
import socket
from collections.abc import Mapping
from typing import Any

from .connections import AnyEvent, Connection
from .evidence import Cancelled, Evidence, Raised, Returned, Sent, Served
from .failures import DriverNeeded, SubmissionError
from .hosts import Host
from .http_client import DEFAULT_CLIENT
from .server_calls import ADDRESS, SERVER_CALLS, ServerCall
from .snapshot_process import SnapshotProcess

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
        task = asyncio.get_running_loop().create_task(call.run())
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            assert isinstance(error, Exception)
            self._end(error)

    def _pass_on(self, event: AnyEvent) -> None:
        call = self._calls.get(getattr(event, "call", 0))
        if call is not None and isinstance(event, Sent | Returned | Raised | Cancelled):
            call.told.put_nowait(event)
        elif isinstance(event, Served) and event.error is not None:
            self._end(SubmissionError("startup", f"Uvicorn cannot serve the app: {event.error}"))
        else:
            super()._pass_on(event)


async def open_server(
    snapshot: SnapshotProcess, environment: Mapping[str, str] | None = None
) -> Host:
    """Open a host that will serve at a free port of this machine, reached from here alone."""
    with contextlib.closing(socket.create_server((ADDRESS, 0))) as listener:
        connect = functools.partial(ServerConnection.open, port=listener.getsockname()[1])
        return await Host.open(snapshot, [listener], environment, connect)
