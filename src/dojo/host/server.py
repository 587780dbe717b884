"""The server: real uvicorn in a host, and what the grader is told of the calls that it makes.

The grader names a call in a header of its request, which the application never sees. So evidence
of calls over the network has their numbers, as that of calls through the relay.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Generator
from typing import Any

from .calls import Application, Event, FrameWriter
from .frames import Frame
from .recorder import current_call

CALL_HEADER = b"x-dojo-call"

_LONGEST_CONTENT = 64 * 1024


class Server:
    """Serve the application with uvicorn beside the relay, on the same event loop."""

    def __init__(self, application: Application, relay: FrameWriter, listeners: list[int]) -> None:
        self._application = application
        self._relay = relay
        self._listeners = listeners
        self._server: Any = None
        self._task: asyncio.Task[None] | None = None

    def start(self, frame: Frame) -> None:
        """Start uvicorn with the grader's `options` and say when it has ended.

        What it sends in its lifespan belongs to the `call` of the frame, if there is one.
        """
        observed = ObservedApplication(self._application, self._relay, frame.get("call"))
        self._task = asyncio.get_running_loop().create_task(self._serve(observed, frame["options"]))

    def stop(self, frame: Frame) -> None:
        """Let uvicorn shut down as at Ctrl-C: open calls first, then the lifespan."""
        del frame
        self._server.should_exit = True

    async def _serve(self, application: Application, options: dict[str, Any]) -> None:
        ended: Frame = {"kind": "served", "started": False}
        try:
            self._server = _make_server(application, options)
            # Uvicorn closes what it is given; the application may be started once more.
            sockets = [socket.socket(fileno=os.dup(each)) for each in self._listeners]
            with contextlib.suppress(SystemExit):  # how it ends where the lifespan fails
                await self._server.serve(sockets=sockets)
            ended["started"] = self._server.started
        except Exception as error:
            ended["error"] = self._relay.locations.of_exception(error)
        self._relay.write(ended)


def _make_server(application: Application, options: dict[str, Any]) -> Any:
    import uvicorn

    class EmbeddedServer(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None, None, None]:
            yield  # signals stay the host's own

    return EmbeddedServer(uvicorn.Config(application, log_config=None, **options))


class ObservedApplication:
    """The application, and word to the grader of what it sends and how each of its calls ends."""

    def __init__(self, application: Application, relay: FrameWriter, lifespan: int | None) -> None:
        self._application = application
        self._relay = relay
        self._lifespan = lifespan

    async def __call__(self, scope: Event, receive: Any, send: Any) -> object:
        """Call the application; what the grader does not know by number goes untold."""
        number = self._lifespan if scope["type"] == "lifespan" else _take_number(scope)
        if number is None:
            return await self._application(scope, receive, send)
        current_call.set(number)
        if number != self._lifespan:
            self._relay.write({"kind": "begun", "call": number})
        return await ObservedCall(self._relay, number, scope, receive, send).run(self._application)


def _take_number(scope: Event) -> int | None:
    """Read the number of a call from its headers, and remove it there."""
    named = [value for name, value in scope["headers"] if name == CALL_HEADER]
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] != CALL_HEADER]
    return int(named[0]) if named and named[0].isdigit() else None


class ObservedCall:
    """One call that a server makes; it is told what happens in it, and nothing is changed."""

    def __init__(
        self, relay: FrameWriter, number: int, scope: Event, receive: Any, send: Any
    ) -> None:
        self._relay = relay
        self._number = number
        self._scope = scope
        self._receive = receive
        self._send = send
        self._taken = 0

    async def run(self, application: Application) -> object:
        """Run the application to its end and say how it ended."""
        from uvicorn.protocols.utils import ClientDisconnected

        try:
            returned = await application(self._scope, self._take, self._give)
        except ClientDisconnected:  # no fault of an application that ends with it
            self._tell({"kind": "returned"})
            raise
        except asyncio.CancelledError:
            self._tell({"kind": "cancelled"})
            raise
        except BaseException as error:
            self._tell({"kind": "raised", "error": self._relay.locations.of_exception(error)})
            raise
        self._tell({"kind": "returned"})
        return returned

    async def _take(self) -> Event:
        self._tell({"kind": "waiting", "arrived": self._taken})
        event: Event = await self._receive()
        self._taken += 1
        return event

    async def _give(self, event: Event) -> None:
        told = {name: _shorten(value) for name, value in event.items() if _is_plain(value)}
        endpoint = self._scope.get("endpoint") if event["type"] == "http.response.start" else None
        place = None if endpoint is None else self._relay.locations.of_function(endpoint)
        await self._send(event)  # raises for what no server sends
        self._tell({"kind": "send", "event": told, "endpoint": place})

    def _tell(self, frame: Frame) -> None:
        self._relay.write(frame | {"call": self._number})


def _is_plain(value: object) -> bool:
    """Tell whether evidence holds a value; the others are seen by whoever reads the connection."""
    if isinstance(value, int):
        return value.bit_length() < 64
    return value is None or isinstance(value, bytes | str)


def _shorten(value: Any) -> Any:
    return value[:_LONGEST_CONTENT] if isinstance(value, bytes | str) else value
