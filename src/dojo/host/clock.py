"""The clock: it moves the time that the submission sees, in the host alone.

Wall-clock time moves (`time.time`, `datetime.now`); the event loop's monotonic clock does not.
"""

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
            from .travel import travel

            self._traveller = travel(frame["at"], tick=False).start()
        self._traveller.move_to(datetime.fromtimestamp(0, UTC) + timedelta(seconds=frame["at"]))
        self._recorder.write({"kind": "moved", "at": frame["at"]})
