"""Bases: the grader's handle on the process in which a submission is imported once.

A base gives fresh copies of the imported state, each with a socket of its own. It is started by
exec, never forked from the grader. What a base says is checked; what it cannot do (it died, it
runs threads) is mended by starting another.
"""

import contextlib
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from ..host.frames import Frame
from ..host.limits import DEFAULT_LIMITS, Limits
from . import stacks
from .controls import IMPORT_SECONDS, Control
from .evidence import Evidence, RaisedError
from .failures import GraderFault, Place, SubmissionError, read_places
from .folders import RunFolder
from .launches import Launcher
from .patience import OutOfPatience
from .processes import (
    end_tree,
    find_child,
    has_ended,
    is_child,
    send_signal,
    wait_until_ended,
)

_LONGEST_WORDS = 2000

_LEAVE_SECONDS = 1.0
"""Seconds in which a copy whose socket is closed has to end by itself."""


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
    USED_UP = auto()  # it has become a host itself
    LOST = auto()


class Base:
    """A submission that is imported in another process."""

    def __init__(self, folder: RunFolder, launcher: Launcher) -> None:
        self.folder = folder
        self._launcher = launcher
        self._order: Order | None = None
        self._error: SubmissionError | None = None
        self._state = State.STARTED
        self._used_up: list[int] = []
        self._statuses: dict[int, int] = {}
        self._numbers: dict[int, int] = {}
        self._start()

    def order(self, order: Order) -> None:
        """Say what to import; the base begins at once, `open` waits for it."""
        self._order = order
        self._send_order()

    def open(self, listeners: Sequence[socket.socket], environment: Mapping[str, str]) -> Copy:
        """Open a fresh copy; `SubmissionError` if the submission cannot be imported."""
        self._wait_until_loaded()
        with contextlib.suppress(SubmissionError):  # an earlier copy has harmed the process
            return self._copy(listeners, environment)
        self._wait_until_loaded()
        return self._copy(listeners, environment)

    def read_status(self, pid: int) -> int | None:
        """Tell how a copy ended: its exit status, negative for a signal; `None` if unknown.

        A copy that has closed its socket and goes on without it is killed.
        """
        if pid not in self._statuses and self._state is State.LOADED and is_child(pid, self.pid):
            if not wait_until_ended(pid, _LEAVE_SECONDS):
                send_signal(pid, signal.SIGKILL)
                return None
            try:
                self._control.write({"kind": "status", "pid": self._numbers[pid]})
                self._statuses[pid] = self._read("ended")["status"]
            except (OSError, SubmissionError):
                self._state = State.LOST
        return self._statuses.get(pid)

    @property
    def spared(self) -> frozenset[int]:
        """The process that makes further copies: it outlives a criterion."""
        return frozenset() if self._state is State.USED_UP else frozenset({self.pid})

    def list_pids(self) -> list[int]:
        """Give the processes whose descendants are all that runs of the submission."""
        return [*self._used_up, self.pid]

    def close(self) -> None:
        """End the process and everything that it started."""
        self._control.close()
        for pid in self.list_pids():
            self._launcher.end(pid)

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
        self._wait_until_confined()
        try:
            frame = self._read("loaded", "unloadable")
            if "error" in frame:
                raise _read_import_error(frame["error"])
        except SubmissionError as error:
            self._error = error
            raise
        self._threads, self._state = frame["threads"], State.LOADED

    def _wait_until_confined(self) -> None:
        """Wait until the import begins: what goes wrong before cannot be the submission's fault."""
        with contextlib.suppress(OutOfPatience):
            if self._control.read("confined") is not None:
                return
        words = ""
        with contextlib.suppress(OSError):
            words = self.folder.output.read_text("utf-8", "replace")[-_LONGEST_WORDS:]
        raise GraderFault(f"No import was begun. {words}".rstrip())

    def _copy(self, listeners: Sequence[socket.socket], environment: Mapping[str, str]) -> Copy:
        ours, theirs = socket.socketpair()
        request = {
            "kind": "open",
            "fork": self._forks,
            "environment": dict(environment),
            "descriptors": 1 + len(listeners),
        }
        descriptors = (theirs.fileno(), *(each.fileno() for each in listeners))
        try:
            with theirs, contextlib.suppress(OSError):  # what became of it is seen on reading
                self._control.write(request, descriptors)
            number = self._read("opened")["pid"]
        except SubmissionError:
            ours.close()
            self._state = State.LOST
            raise
        pid = find_child(self.pid, number) if self._forks else self.pid  # 0 for a lie
        self._numbers[pid] = number
        self._statuses.pop(pid, None)
        self._state = State.LOADED if self._forks else State.USED_UP
        return Copy(ours, pid)

    def _start(self) -> None:
        frames, self.pid = self._launcher.start(self.folder)
        self.evidence = Evidence()
        self._control = Control(frames, self.pid, self.evidence)
        self._state = State.STARTED
        self._threads = 0

    def _restart(self) -> None:
        self._control.close()
        if self._state is State.USED_UP:  # a host that may still be in use
            self._used_up.append(self.pid)
        else:
            self._launcher.end(self.pid)
        for pid in [each for each in self._used_up if has_ended(each)]:
            self._launcher.end(pid)
            self._used_up.remove(pid)
        self._start()
        self._send_order()

    def _read(self, *kinds: str) -> Frame:
        try:
            frame = self._control.read(*kinds)
        except OutOfPatience:
            raise self._describe_hang() from None
        if frame is None:
            raise self._describe_end()
        return frame

    def _describe_hang(self) -> SubmissionError:
        where = stacks.ask(self.pid, self.folder)
        end_tree(self.pid)
        return SubmissionError(
            "hang", f"Importing the app takes more than {IMPORT_SECONDS:g} seconds.", (), where
        )

    def _describe_end(self) -> SubmissionError:
        # Until it is quite gone its copies are its children, and those may still be in use.
        if not wait_until_ended(self.pid, _LEAVE_SECONDS):
            end_tree(self.pid)
        message = "The program ended while the app was being imported, without an exception."
        if self._state is State.LOADED:
            message = "The process that imported the app ended afterwards, together with the app."
        return SubmissionError("crash", message, (), stacks.read_last_words(self.folder))


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
        message = "Importing the app ends the program with SystemExit: nothing can be served."
    elif error.type == "NotAnApplication":
        message = error.message
    return SubmissionError("import", message, (), places)
