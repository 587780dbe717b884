"""The relay: it does in a host what a grader asks for: it drives the application with events.

One relay serves one connection on one event loop; any number of calls may be open at once. What a
server adds to the events, and what it refuses, is in the calls. Besides calling the application
a grader moves the time, counts objects and asks for rest.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from gc import collect, get_freeze_count, get_objects  # now: a submission may replace them
from sys import getallocatedblocks
from typing import Any

from anyio.to_thread import current_default_thread_limiter

from .calls import Application, Call, HttpCall, LifespanCall
from .frames import Frame, FrameSocket
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


class Clock:
    """Travel in time on the grader's request."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._traveller: Any = None

    def move(self, frame: Frame) -> None:
        """Set the time to `at` (seconds since the epoch), where it then stands still."""
        if self._traveller is None:
            from .time_travel import travel

            self._traveller = travel(frame["at"], tick=False).start()
        # A time in UTC would set the zone of the process to UTC, which is the app's to choose.
        self._traveller.move_to(datetime(1970, 1, 1) + timedelta(seconds=frame["at"]))
        self._recorder.write({"kind": "moved", "at": frame["at"]})


_MOST_TURNS = 1000
_QUIET_TURNS = 2
"""In the first of them, timers that have run out become ready."""


class Settling:
    """Tell the grader when the event loop has come to rest, also after its timers were moved on.

    The loop has this clock before the application can keep the clock's method for later.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._ahead = 0.0
        loop: Any = asyncio.get_running_loop()
        loop.time = self._tell_time

    def begin(self, frame: Frame) -> None:
        """Wait for rest, and again once timers have run as if `seconds` had passed meanwhile."""
        self._look(frame["seconds"], _MOST_TURNS, _QUIET_TURNS)

    def _look(self, seconds: float, turns: int, quiet: int) -> None:
        """Come again in the next turn of the loop, until others have had nothing to do twice."""
        loop: Any = asyncio.get_running_loop()
        if turns and quiet:  # a loop that never rests is not waited for
            others = len(loop._ready)  # asyncio has no public way to ask
            loop.call_soon(self._look, seconds, turns - 1, _QUIET_TURNS if others else quiet - 1)
        elif seconds:
            self._ahead += seconds
            self._look(0, _MOST_TURNS, _QUIET_TURNS)
        else:
            workers = current_default_thread_limiter().borrowed_tokens
            self._recorder.write({"kind": "settled", "workers": workers})

    def _tell_time(self) -> float:
        return time.monotonic() + self._ahead


_LONGEST_NAME = 200
_MOST_KINDS = 10_000


class ObjectCount:
    """Count living objects on the grader's request; what existed before the copy is left out."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._frozen = get_freeze_count()

    def take(self, frame: Frame) -> None:
        """Tell how many objects there are of each type, by the type's dotted name.

        Those that the submission has frozen since, which nobody can look at, are `gc.frozen`. Text
        and numbers are not among the objects that the collector lists, so the blocks of memory are
        told as well.
        """
        del frame
        collect()
        blocks = getallocatedblocks()
        kinds = Counter(map(type, get_objects()))
        counts: Counter[str] = Counter()
        for kind, count in kinds.most_common(_MOST_KINDS):
            counts[f"{kind.__module__}.{kind.__qualname__}"[:_LONGEST_NAME]] += count
        if (frozen := get_freeze_count() - self._frozen) > 0:
            counts["gc.frozen"] = frozen
        objects = dict(counts)
        self._recorder.write({"kind": "object_count", "objects": objects, "blocks": blocks})
