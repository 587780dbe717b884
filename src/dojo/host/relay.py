"""The relay: it drives an ASGI application with the events that a grader sends.

One relay serves one connection on one event loop; any number of calls may be open at once. It adds
to the events what a server adds (the lifespan's state, the final disconnect) and nothing else.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .frames import Frame, FrameSocket
from .locations import Location, Locations
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
        self._arrived = 0
        self._relay = relay
        self._acknowledge = acknowledge
        self._unanswered: deque[asyncio.Future[None]] = deque()
        self._broken: str | None = None
        self._finished = False

    def put(self, event: Event) -> None:
        """Put an event where `receive` finds it; behind a disconnect nothing can be sent."""
        self.inbox.put_nowait(event)
        self._arrived += 1
        if event.get("type") == "websocket.disconnect":
            self._break("The peer has left.")

    def acknowledge(self, error: str | None) -> None:
        """Let the oldest unanswered `send` return, or break the connection with all of them."""
        if error is None:
            if self._unanswered:
                _settle(self._unanswered.popleft(), None)
            return
        self._break(error)
        if self.scope["type"] == "websocket":
            self.inbox.put_nowait(_make_disconnect(1006, ""))

    def hold(self, held: bool) -> None:
        """Hold every `send` from now on, or let go of those that are held and hold no more."""
        self._acknowledge = held
        while not held and self._unanswered:
            _settle(self._unanswered.popleft(), None)

    def _break(self, error: str) -> None:
        self._broken = error
        while self._unanswered:
            _settle(self._unanswered.popleft(), OSError(error))

    async def receive(self) -> Event:
        """Give the next event of the grader, as ASGI's `receive`."""
        if self.inbox.empty() and self._finished:
            return {"type": "http.disconnect"}
        if self.inbox.empty():
            frame = {"kind": "waiting", "call": self.number, "arrived": self._arrived}
            self._relay.write(frame)
        return await self.inbox.get()

    async def send(self, event: Event) -> None:
        """Forward an event of the application, as ASGI's `send`."""
        if self._broken is not None:
            raise OSError(self._broken)
        if event.get("type") == "http.response.body":
            self._forward_body(event)
        else:
            frame = {"kind": "send", "call": self.number, "event": dict(event)}
            self._relay.write(frame | {"endpoint": self._find_endpoint()})
        if self._acknowledge:
            # A send that is cancelled stays in line: what was sent first arrives first.
            self._unanswered.append(asyncio.get_running_loop().create_future())
            await self._unanswered[-1]
        if event.get("type") == "websocket.close":
            code, reason = event.get("code", 1000), event.get("reason")
            self.inbox.put_nowait(_make_disconnect(code, reason or ""))

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

    def _find_endpoint(self) -> Location | None:
        endpoint = self.scope.get("endpoint")
        return None if endpoint is None else self._relay.locations.of_function(endpoint)

    async def run(self, application: Application) -> None:
        """Run the application to its end and say how it ended."""
        current_call.set(self.number)
        try:
            await application(self.scope, self.receive, self.send)
        except asyncio.CancelledError:
            self._relay.write({"kind": "cancelled", "call": self.number})
        except BaseException as error:
            described = self._relay.locations.of_exception(error)
            self._relay.write({"kind": "raised", "call": self.number, "error": described})
            if not isinstance(error, Exception):
                raise
        else:
            self._relay.write({"kind": "returned", "call": self.number})
        finally:
            if self.scope["type"] == "websocket":  # a server lets go of a connection with its call
                self._break("The call of this connection has ended.")


def _settle(future: "asyncio.Future[None]", error: OSError | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


def _make_disconnect(code: int, reason: str) -> Event:
    return {"type": "websocket.disconnect", "code": code, "reason": reason}


class Relay:
    """Serve the calls of one connection until the grader closes it."""

    def __init__(
        self,
        application: Application,
        frames: FrameSocket,
        recorder: Recorder,
        locations: Locations,
    ) -> None:
        self.application = application
        self.locations = locations
        self.commands: dict[str, Callable[[Frame], None]] = {
            "start": self._start,
            "events": self._pass_events,
            "sent": self._pass_answer,
            "hold": self._hold,
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
        task.add_done_callback(lambda _: self._forget(call.number))

    def _pass_events(self, frame: Frame) -> None:
        if call := self._calls.get(frame["call"]):
            for event in frame["events"]:
                call.put(event)

    def _pass_answer(self, frame: Frame) -> None:
        if call := self._calls.get(frame["call"]):
            call.acknowledge(frame["error"])

    def _hold(self, frame: Frame) -> None:
        if call := self._calls.get(frame["call"]):
            call.hold(frame["held"])

    def _cancel(self, number: int) -> None:
        if task := self._tasks.get(number):
            task.cancel()

    def _forget(self, number: int) -> None:
        """Let go of an ended call, so that nothing of it stays alive on the relay's account."""
        del self._calls[number], self._tasks[number]

    def _tell_where(self, frame: Frame) -> None:
        del frame
        own = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not own]
        frame = {
            "kind": "where",
            "tasks": self.locations.of_tasks(tasks),
            "threads": self.locations.of_threads(),
            "causes": self.locations.find_causes(tasks),
        }
        self.write(frame)
