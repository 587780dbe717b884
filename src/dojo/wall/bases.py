"""Bases: the grader's handle on the process in which a submission is imported once.

A base gives fresh copies of the imported state, each with a socket of its own. It is started by
exec, never forked from the grader. What a base says is checked; what it cannot do (it died, it
runs threads) is mended by starting another.
"""

import contextlib
import os
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from ..host.frames import Frame
from ..host.limits import DEFAULT_LIMITS, Limits
from . import stacks
from .evidence import Evidence, RaisedError, read_event
from .failures import GraderFault, Place, SubmissionError, read_places
from .folders import RunFolder
from .launches import Launcher
from .processes import end_tree, has_ended, list_descendants, read_disturbance

IMPORT_SECONDS = 10.0
"""Undisturbed seconds that an import may take before it counts as hanging."""

_LONGEST = 120.0
_LOOK_EVERY = 0.2
_CONTROL_FIELDS: dict[str, tuple[str, type]] = {
    "loaded": ("threads", int),
    "unloadable": ("error", dict),
    "opened": ("pid", int),
    "ended": ("status", int),
}


@dataclass(frozen=True)
class Order:
    """What a base needs in order to import a submission."""

    entrypoint: str
    loggers: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=lambda: dict(DEFAULT_LIMITS))
    fork: bool = True


@dataclass(frozen=True)
class Copy:
    """A fresh copy of the imported state: the grader's end of its socket and its process."""

    stream: socket.socket
    pid: int


class State(Enum):
    """How far a base's process has come."""

    STARTED = auto()
    LOADED = auto()
    USED_UP = auto()


class Base:
    """A submission that is imported in another process."""

    def __init__(self, folder: RunFolder, launcher: Launcher) -> None:
        self.folder = folder
        self.evidence = Evidence()
        self._launcher = launcher
        self._order: Order | None = None
        self._state = State.STARTED
        self._threads = 0
        self._error: SubmissionError | None = None
        self._control, self.pid = launcher.start(folder)

    def order(self, order: Order) -> None:
        """Say what to import; the base begins at once, `open` waits for it."""
        self._order = order
        self._send_order()

    def open(self, listeners: Sequence[socket.socket], environment: Mapping[str, str]) -> Copy:
        """Open a fresh copy; `SubmissionError` if the submission cannot be imported."""
        self._wait_until_loaded()
        ours, theirs = socket.socketpair()
        request = {
            "kind": "open",
            "fork": self._forks,
            "environment": dict(environment),
            "descriptors": 1 + len(listeners),
        }
        descriptors = (theirs.fileno(), *(each.fileno() for each in listeners))
        with theirs:
            try:
                self._control.write(request, descriptors)
                pid = self._read("opened")["pid"]
            except OSError:
                ours.close()
                raise self._describe_end() from None
        if pid != self.pid and pid not in list_descendants(self.pid):
            pid = 0  # a lie, or a copy that has already ended: there is nothing to signal
        self._state = State.LOADED if self._forks else State.USED_UP
        return Copy(ours, pid)

    def read_status(self, pid: int) -> int | None:
        """Tell how a copy ended: its exit status, negative for a signal; `None` if unknown."""
        if self._state is not State.LOADED:
            return None
        try:
            self._control.write({"kind": "status", "pid": pid})
            status = self._read("ended")["status"]
        except (OSError, SubmissionError):
            return None
        return status if isinstance(status, int) else None

    def close(self) -> None:
        """End the process and everything that it started."""
        self._control.close()
        self._launcher.end(self.pid)

    @property
    def _forks(self) -> bool:
        return bool(self._order and self._order.fork and hasattr(os, "fork") and not self._threads)

    def _send_order(self) -> None:
        if self._order is None:
            raise GraderFault("A base was opened before it was told what to import.")
        order = {
            "root": str(self.folder.stage),
            "entrypoint": self._order.entrypoint,
            "loggers": list(self._order.loggers),
            "limits": self._order.limits,
            "environment": dict(self._order.environment),
        }
        with contextlib.suppress(OSError):
            self._control.write(order)

    def _wait_until_loaded(self) -> None:
        if self._error is not None:
            raise self._error
        if self._state is State.LOADED and not has_ended(self.pid):
            return
        if self._state is not State.STARTED:
            self._restart()
        try:
            frame = self._read("loaded", "unloadable")
            if "error" in frame:
                raise _read_import_error(frame["error"])
        except SubmissionError as error:
            self._error = error
            raise
        self._threads, self._state = frame["threads"], State.LOADED

    def _restart(self) -> None:
        self.close()
        self._control, self.pid = self._launcher.start(self.folder)
        self._state = State.STARTED
        self._send_order()

    def _read(self, *kinds: str) -> dict[str, Any]:
        """Wait for a control frame of one of the kinds; keep what is evidence on the way."""
        while True:
            frame = self._read_patiently()
            if frame is None:
                raise self._describe_end()
            if frame.get("kind") in kinds and _is_control(frame):
                return frame
            self.evidence.append(read_event(frame))

    def _read_patiently(self) -> Frame | None:
        started, disturbed = time.monotonic(), self._read_disturbance()
        self._control.stream.settimeout(_LOOK_EVERY)
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    return self._control.read()
                elapsed = time.monotonic() - started
                undisturbed = elapsed - (self._read_disturbance() - disturbed)
                if undisturbed > IMPORT_SECONDS or elapsed > _LONGEST:
                    raise self._describe_hang()
        except ConnectionError:
            return None
        except ValueError:
            raise SubmissionError(
                "protocol", "The app broke the connection between itself and the grader."
            ) from None
        finally:
            self._control.stream.settimeout(None)

    def _read_disturbance(self) -> float:
        return read_disturbance(self.pid) + read_disturbance(os.getpid())

    def _describe_hang(self) -> SubmissionError:
        where = stacks.ask(self.pid, self.folder)
        end_tree(self.pid)
        return SubmissionError(
            "hang", f"Importing the app takes more than {IMPORT_SECONDS:g} seconds.", (), where
        )

    def _describe_end(self) -> SubmissionError:
        end_tree(self.pid)
        last_words = stacks.read_last_words(self.folder)
        return SubmissionError(
            "crash",
            "The program ended while the app was being imported, so that nothing is served.",
            (),
            last_words,
        )


def _is_control(frame: Frame) -> bool:
    name, kind = _CONTROL_FIELDS[frame["kind"]]
    return isinstance(frame.get(name), kind)


def _read_import_error(raw: object) -> SubmissionError:
    try:
        error = RaisedError.model_validate(raw)
    except ValueError:
        return SubmissionError("protocol", "The app's import error cannot be read.")
    places: tuple[Place, ...] = tuple(reversed(read_places(error.places)))
    message = f"Importing the app raises {error}"
    if error.missing and error.missing.partition(".")[0] != "app":
        message = (
            f"The app imports '{error.missing}', which is not installed here. "
            "If the name is right, do without it: this kata does not need it."
        )
    elif error.type == "SystemExit":
        message = "Importing the app ends the program with SystemExit, so that nothing is served."
    elif error.type == "NotAnApplication":
        message = error.message
    return SubmissionError("import", message, (), places)
