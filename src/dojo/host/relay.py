"""The relay: it drives an ASGI application with the events that a grader sends.

One relay serves one connection on one event loop; any number of calls may be open at once. What a
server adds to the events, and what it refuses, is in the calls.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from .calls import Application, Call, LifespanCall
from .frames import Frame, FrameSocket
from .http_call import HttpCall
from .locations import Locations
from .recorder import Recorder
from .websocket_call import WebSocketCall

_PAIRS = ("client", "server")
_PROTOCOLS: dict[str, type[Call]] = {
    "http": HttpCall,
    "lifespan": LifespanCall,
    "websocket": WebSocketCall,
}


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
        if "headers" in scope:
            scope["headers"] = [tuple(pair) for pair in scope["headers"]]
        is_lifespan = scope["type"] == "lifespan"
        scope["state"] = self._state if is_lifespan else self._state.copy()
        self._recorder.reopen()
        protocol = _PROTOCOLS[scope["type"]]
        call = protocol(self, frame["call"], scope, held=frame["acknowledge"])
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
