"""Controls: what a grader can do to a host besides calling it: move time, count objects."""

import gc
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
