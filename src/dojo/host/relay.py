"""The relay: it drives an ASGI application with the events that a grader sends.

One relay serves one connection on one event loop; any number of calls may be open at once. It adds
to the events what a server adds (the lifespan's state, the final disconnect) and nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .frames import Frame, FrameSocket
from .places import Place, Places
from .recorder import Recorder, current_call

Event = MutableMapping[str, Any]
Application = Callable[..., Awaitable[None]]

_LARGEST_CHUNK = 1024 * 1024
_PAIRS = ("client", "server")


class Call:
    """One ASGI call: its scope, the events that wait for it, the task that runs it."""

    def __init__(self, relay: "Relay", number: int, scope: Event, acknowledge: bool) -> None:
        self.number = number
        self.scope = scope
        self.inbox: asyncio.Queue[Event] = asyncio.Queue()
        self._relay = relay
        self._acknowledge = acknowledge
        self._acknowledged: asyncio.Queue[str | None] = asyncio.Queue()
        self._finished = False

    def acknowledge(self, error: str | None) -> None:
        """Let the pending `send` return, or fail as on a connection that broke."""
        self._acknowledged.put_nowait(error)

    async def receive(self) -> Event:
        """Give the next event of the grader, as ASGI's `receive`."""
        if self.inbox.empty() and self._finished:
            return {"type": "http.disconnect"}
        if self.inbox.empty():
            self._relay.write({"kind": "waiting", "call": self.number})
        return await self.inbox.get()

    async def send(self, event: Event) -> None:
        """Forward an event of the application, as ASGI's `send`."""
        if event.get("type") == "http.response.body":
            self._forward_body(event)
        else:
            frame = {"kind": "send", "call": self.number, "event": dict(event)}
            self._relay.write(frame | {"endpoint": self._find_endpoint()})
        if self._acknowledge:
            error = await self._acknowledged.get()
            if error is not None:
                raise OSError(error)

    def _forward_body(self, event: Event) -> None:
        body = bytes(event.get("body", b""))
        more = bool(event.get("more_body", False))
        for start in range(0, max(len(body), 1), _LARGEST_CHUNK):
            chunk = body[start : start + _LARGEST_CHUNK]
            rest = start + _LARGEST_CHUNK < len(body)
            part = {"type": "http.response.body", "body": chunk, "more_body": more or rest}
            self._relay.write({"kind": "send", "call": self.number, "event": part})
        if not more:
            self._finished = True
            self.inbox.put_nowait({"type": "http.disconnect"})

    def _find_endpoint(self) -> Place | None:
        endpoint = self.scope.get("endpoint")
        return None if endpoint is None else self._relay.places.of_function(endpoint)

    async def run(self, application: Application) -> None:
        """Run the application to its end and say how it ended."""
        current_call.set(self.number)
        try:
            await application(self.scope, self.receive, self.send)
        except asyncio.CancelledError:
            self._relay.write({"kind": "cancelled", "call": self.number})
        except BaseException as error:
            described = self._relay.places.of_exception(error)
            self._relay.write({"kind": "raised", "call": self.number, "error": described})
            if not isinstance(error, Exception):
                raise
        else:
            self._relay.write({"kind": "returned", "call": self.number})


class Relay:
    """Serve the calls of one connection until the grader closes it."""

    def __init__(
        self,
        application: Application,
        frames: FrameSocket,
        recorder: Recorder,
        places: Places,
    ) -> None:
        self.application = application
        self.places = places
        self.commands: dict[str, Callable[[Frame], None]] = {
            "start": self._start,
            "event": lambda frame: self._calls[frame["call"]].inbox.put_nowait(frame["event"]),
            "sent": lambda frame: self._calls[frame["call"]].acknowledge(frame["error"]),
            "cancel": lambda frame: self._cancel(frame["call"]),
            "where": self._tell_where,
        }
        self._frames = frames
        self._recorder = recorder
        self._calls: dict[int, Call] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._state: dict[str, Any] = {}
        self._closed = asyncio.Event()

    async def run(self) -> None:
        """Serve until the grader closes its end, then leave everything as it stands."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._frames.stream, self._read)
        await self._closed.wait()

    def write(self, frame: Frame) -> None:
        """Send a frame; a grader that has gone is no error of the submission."""
        self._recorder.write(frame)

    def _read(self) -> None:
        received = self._frames.read_available()
        if received is None:
            asyncio.get_running_loop().remove_reader(self._frames.stream)
            self._closed.set()
            return
        for frame in received:
            self.commands[frame["kind"]](frame)

    def _start(self, frame: Frame) -> None:
        scope = frame["scope"]
        scope.update({name: tuple(scope[name]) for name in _PAIRS if scope.get(name)})
        scope["headers"] = [tuple(pair) for pair in scope.get("headers", [])]
        is_lifespan = scope["type"] == "lifespan"
        scope["state"] = self._state if is_lifespan else self._state.copy()
        self._recorder.reopen()
        call = Call(self, frame["call"], scope, frame["acknowledge"])
        self._calls[call.number] = call
        task = asyncio.get_running_loop().create_task(call.run(self.application))
        self._tasks[call.number] = task

    def _cancel(self, number: int) -> None:
        self._tasks[number].cancel()

    def _tell_where(self, frame: Frame) -> None:
        del frame
        own = asyncio.current_task()
        tasks = (task for task in asyncio.all_tasks() if task is not own)
        suspended = self.places.of_tasks(tasks)
        self.write({"kind": "where", "tasks": suspended, "threads": self.places.of_threads()})
