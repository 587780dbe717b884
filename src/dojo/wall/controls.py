"""Controls: the grader's end of the socket to a base: patient reads of frames that are checked.

It says that a base ended, hangs or sent something else; what that means is said elsewhere.
"""

import contextlib

from ..host.frames import Frame, FrameSocket
from .evidence import BROKEN_CONNECTION, Evidence, read_event
from .failures import SubmissionError
from .patience import OutOfPatience
from .processes import Stopwatch

IMPORT_SECONDS = 10.0
"""Undisturbed seconds that an import may take before it counts as hanging."""

MOST_BYTES = 64 * 1024 * 1024
"""Bytes that one base may send over its whole life."""

_LOOK_EVERY = 0.2
_FIELDS: dict[str, tuple[str, type]] = {
    "confined": ("kind", str),
    "loaded": ("threads", int),
    "unloadable": ("error", dict),
    "opened": ("pid", int),
    "ended": ("status", int),
}


class Control:
    """Frames to and from the base whose process is `pid`."""

    def __init__(self, frames: FrameSocket, pid: int, evidence: Evidence) -> None:
        self._frames = frames
        self._pid = pid
        self._evidence = evidence
        self._stopwatch = Stopwatch(self._list_pids)

    def write(self, frame: Frame, descriptors: tuple[int, ...] = ()) -> None:
        """Send a frame; `OSError` if the base has ended."""
        self._frames.write(frame, descriptors)

    def read(self, *kinds: str) -> Frame | None:
        """Wait for a frame of one of the kinds, and keep what is evidence on the way.

        `None` once the base has ended; `OutOfPatience` if the frame does not come, whatever else
        comes; `SubmissionError` if the base sends what no base sends, or too much.
        """
        self._stopwatch = Stopwatch(self._list_pids)
        while (frame := self._read_patiently()) is not None:
            if frame.get("kind") in kinds and _is_complete(frame):
                return frame
            self._evidence.append(read_event(frame))
            self._lose_patience()
        return None

    def close(self) -> None:
        """Close this end."""
        self._frames.close()

    def _list_pids(self) -> list[int]:
        return [self._pid]

    def _read_patiently(self) -> Frame | None:
        self._frames.stream.settimeout(_LOOK_EVERY)
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    return self._frames.read()
                self._lose_patience()
        except ConnectionError:
            return None
        except ValueError:
            raise SubmissionError("protocol", BROKEN_CONNECTION) from None
        finally:
            self._frames.stream.settimeout(None)

    def _lose_patience(self) -> None:
        """Raise if the frame that is waited for takes too long, or too much else has come."""
        if self._frames.received > MOST_BYTES:
            raise SubmissionError(
                "protocol", f"The app sent more than {MOST_BYTES >> 20} MiB while it was imported."
            )
        if self._stopwatch.has_reached(IMPORT_SECONDS):
            raise OutOfPatience


def _is_complete(frame: Frame) -> bool:
    name, kind = _FIELDS[frame["kind"]]
    return isinstance(frame.get(name), kind)
