"""Controls: what a grader does to a host besides calling it: time, counts of objects, rest."""

import asyncio
import gc
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from .frames import Frame
from .recorder import Recorder


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
        self._traveller.move_to(datetime.fromtimestamp(0, UTC) + timedelta(seconds=frame["at"]))
        self._recorder.write({"kind": "moved", "at": frame["at"]})


_MOST_TURNS = 1000
_QUIET_TURNS = 2
"""In the first of them, timers that have run out become ready."""


class Settling:
    """Tell the grader when the event loop has come to rest, also after its timers were moved on."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._ahead = 0.0

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
            loop.time = lambda: time.monotonic() + self._ahead
            self._look(0, _MOST_TURNS, _QUIET_TURNS)
        else:
            self._recorder.write({"kind": "settled"})


_LONGEST_NAME = 200
_MOST_KINDS = 10_000


class ObjectCount:
    """Count living objects on the grader's request; what existed before the copy is left out."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def take(self, frame: Frame) -> None:
        """Tell how many objects there are of each type, by the type's dotted name."""
        del frame
        gc.collect()
        kinds = Counter(map(type, gc.get_objects()))
        counts: Counter[str] = Counter()
        for kind, count in kinds.most_common(_MOST_KINDS):
            counts[f"{kind.__module__}.{kind.__qualname__}"[:_LONGEST_NAME]] += count
        self._recorder.write({"kind": "object_count", "objects": dict(counts)})
