"""Snapshot processes: the grader's handle on the process that imports a submission once.

It gives fresh hosts, which share the imported state and nothing else, each with a socket of its
own. It is started by exec, never forked from the grader. What it says is checked; what it cannot do
(it died, it runs threads, its copies would share something) is mended by starting another.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO, Protocol

from ..host.confinement import DEFAULT_LIMITS, Limits
from ..host.frames import Frame, FrameSocket
from .connections import IMPORT_SECONDS, Control
from .evidence import Evidence
from .failures import GraderFault, SubmissionError
from .import_errors import read_import_error
from .listeners import open_listener
from .patience import OutOfPatience
from .processes import (
    ask_where,
    end_tree,
    find_child,
    has_ended,
    is_child,
    read_last_words,
    send_signal,
    wait_until_ended,
)
from .temporary_folders import RunFolder

LIBRARIES = ("fastapi", "anyio._backends._asyncio")
"""What every host loads before it is told which submission to import."""


class Launcher(Protocol):
    """A way to start the process of a snapshot, and to end it."""

    def start(self, folder: RunFolder) -> tuple[FrameSocket, int]:
        """Start a process; give its control socket and its process id."""

    def end(self, pid: int) -> None:
        """Kill the process with all that it started, and collect it."""


class ExecLauncher:
    """Start each host as a new interpreter."""

    def __init__(self, libraries: Sequence[str] = LIBRARIES) -> None:
        self._libraries = libraries
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._prepared: dict[RunFolder, tuple[FrameSocket, int]] = {}

    def prepare(self, folder: RunFolder) -> None:
        """Start a process ahead of the first `start` for this folder."""
        self._prepared[folder] = self.start_mode(folder, "once")

    def start(self, folder: RunFolder) -> tuple[FrameSocket, int]:
        """Start an interpreter that preloads the libraries and waits for an order."""
        return self._prepared.pop(folder, None) or self.start_mode(folder, "once")

    def start_mode(
        self, folder: RunFolder, mode: str, *, inside: Sequence[str] = ()
    ) -> tuple[FrameSocket, int]:
        """Start a host that imports `once`, or a `fork-server`, warm or not, that forks such hosts.

        `inside` is a command that runs another command, such as one that isolates it.
        """
        ours, theirs = socket.socketpair()
        # Isolated as by `-I`, except that the environment, which is made here, may fix hashes.
        command = [*inside, sys.executable, "-s", "-P", "-X", "utf8", "-m", "dojo.host"]
        with theirs, folder.output.open("ab") as output:
            process = subprocess.Popen(
                [*command, str(theirs.fileno()), mode, *self._libraries],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder.work,
                env=folder.environment(),
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # without the caller's terminal
            )
        self._processes[process.pid] = process
        return FrameSocket(ours, takes_descriptors=mode != "once"), process.pid

    def end(self, pid: int) -> None:
        """Kill a process that was started here, with all that it started, and collect it."""
        end_tree(pid)
        process = self._processes.pop(pid, None)
        if process is not None:
            process.wait()

    @property
    def pids(self) -> frozenset[int]:
        """Give no process: each serves one submission."""
        return frozenset()

    def open_listener(self, lab: str) -> socket.socket:
        """Give a listening socket for a lab."""
        del lab
        return open_listener()

    def close(self) -> None:
        """End every process that was started here and not ended yet."""
        for control, _ in self._prepared.values():  # started ahead, and then of no use
            control.close()
        for pid in list(self._processes):
            self.end(pid)


Changes = Mapping[str, str | None]
"""Variables of an environment by name; `None` takes one away."""

_LONGEST_WORDS = 2000

_LEAVE_SECONDS = 1.0
"""Seconds in which a copy whose socket is closed has to end by itself."""


@dataclass(frozen=True)
class ImportRequest:
    """What a snapshot needs in order to import a submission."""

    entrypoint: str
    loggers: Sequence[str] = ()
    environment: Changes = field(default_factory=dict)
    limits: Limits = field(default_factory=lambda: dict(DEFAULT_LIMITS))
    fork: bool = True
    processes: bool = False
    """Whether its copies may start processes."""
    root: Path | None = None
    """Where the submission is imported from, if it is not the folder in which it is staged."""


@dataclass(frozen=True)
class HostProcess:
    """A fresh copy of the imported state: the grader's end of its socket and its process."""

    stream: socket.socket
    pid: int


class State(Enum):
    """How far a snapshot's process has come."""

    STARTED = auto()
    LOADED = auto()
    USED_UP = auto()  # it has become a host itself
    LOST = auto()


class SnapshotProcess:
    """A submission that is imported in another process."""

    def __init__(self, folder: RunFolder, launcher: Launcher) -> None:
        self.folder = folder
        self.launcher = launcher
        self._request: ImportRequest | None = None
        self._error: SubmissionError | None = None
        self._state = State.STARTED
        self._used_up: list[int] = []
        self._statuses: dict[int, int] = {}
        self._numbers: dict[int, int] = {}
        self._output = folder.output.open("ab")  # before a submission can put a link there
        self._start()

    def request_import(self, request_import: ImportRequest) -> None:
        """Say what to import; the snapshot begins at once, `open` waits for it."""
        self._request = request_import
        self._send_request()

    def begin_again(self, environment: Changes) -> "SnapshotProcess":
        """Begin to import the same submission in one more process, in a changed environment."""
        if self._request is None:
            raise GraderFault("A snapshot was repeated before it was told what to import.")
        snapshot = SnapshotProcess(self.folder, self.launcher)
        changed = {**self._request.environment, **environment}
        snapshot.request_import(replace(self._request, environment=changed))
        return snapshot

    def open(self, listeners: Sequence[socket.socket], environment: Changes) -> HostProcess:
        """Open a fresh copy; `SubmissionError` if the submission cannot be imported."""
        self._wait_until_loaded()
        with contextlib.suppress(SubmissionError):  # an earlier copy has harmed the process
            return self._copy(listeners, environment)
        self._wait_until_loaded()
        return self._copy(listeners, environment)

    def load(self) -> None:
        """Wait until the submission is imported; `SubmissionError` if it cannot be."""
        self._wait_until_loaded()

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
        self._output.close()
        for pid in self.list_pids():
            self.launcher.end(pid)

    @property
    def forks(self) -> bool:
        """Tell whether the loaded submission is copied by forks, and never imported again."""
        return bool(
            self._request
            and self._request.fork
            and hasattr(os, "fork")
            and not self._threads
            and not self._shares
        )

    def _send_request(self) -> None:
        if self._request is None:
            raise GraderFault("A snapshot was opened before it was told what to import.")
        request_import = {
            "root": str(self._request.root or self.folder.stage),
            "entrypoint": self._request.entrypoint,
            "loggers": list(self._request.loggers),
            "limits": self._request.limits,
            "processes": self._request.processes,
            "environment": dict(self._request.environment),
        }
        with contextlib.suppress(OSError):
            self._control.write(request_import)

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
                raise self._read_import_error(frame["error"])
        except SubmissionError as error:
            self._error = error
            raise
        self._threads, self._state = frame["threads"], State.LOADED
        self._shares = can_share(self.pid, self.folder.output)

    def _read_import_error(self, raw: object) -> SubmissionError:
        entrypoint = self._request.entrypoint if self._request else ""
        return read_import_error(raw, self.folder.stage, entrypoint)

    def _wait_until_confined(self) -> None:
        """Wait until the import begins: what goes wrong before cannot be the submission's fault."""
        with contextlib.suppress(OutOfPatience):
            if self._control.read("confined") is not None:
                return
        words = ""
        with contextlib.suppress(OSError):
            words = self.folder.output.read_text("utf-8", "replace")[-_LONGEST_WORDS:]
        raise GraderFault(f"The import of the app did not start. {words}".rstrip())

    def _copy(self, listeners: Sequence[socket.socket], environment: Changes) -> HostProcess:
        ours, theirs = socket.socketpair()
        request = {
            "kind": "open",
            "fork": self.forks,
            "environment": dict(environment),
            "descriptors": 3 + len(listeners),
        }
        try:
            with (
                theirs,
                contextlib.suppress(OSError),  # what became of it is seen on reading
                open(os.devnull, "rb") as nothing,  # noqa: PTH123
                open_again(self._output) as output,
            ):
                own = (theirs.fileno(), nothing.fileno(), output.fileno())
                self._control.write(request, (*own, *(each.fileno() for each in listeners)))
            number = self._read("opened")["pid"]
        except SubmissionError:
            ours.close()
            self._state = State.LOST
            raise
        pid = find_child(self.pid, number) if self.forks else self.pid  # 0 for a lie
        self._numbers[pid] = number
        self._statuses.pop(pid, None)
        self._state = State.LOADED if self.forks else State.USED_UP
        return HostProcess(ours, pid)

    def _start(self) -> None:
        frames, self.pid = self.launcher.start(self.folder)
        self.evidence = Evidence()
        self._control = Control(frames, self.pid, self.evidence)
        self._state = State.STARTED
        self._threads, self._shares = 0, False

    def _restart(self) -> None:
        self._control.close()
        if self._state is State.USED_UP:  # a host that may still be in use
            self._used_up.append(self.pid)
        else:
            self.launcher.end(self.pid)
        for pid in [each for each in self._used_up if has_ended(each)]:
            self.launcher.end(pid)
            self._used_up.remove(pid)
        self._start()
        self._send_request()

    def _read(self, *kinds: str) -> Frame:
        try:
            frame = self._control.read(*kinds)
        except OutOfPatience:
            raise self._describe_hang() from None
        if frame is None:
            raise self._describe_end()
        return frame

    def _describe_hang(self) -> SubmissionError:
        where = ask_where(self.pid, self.folder)
        end_tree(self.pid)
        return SubmissionError(
            "hang", f"The import of the app takes more than {IMPORT_SECONDS:g} seconds.", (), where
        )

    def _describe_end(self) -> SubmissionError:
        # Until it is quite gone its copies are its children, and those may still be in use.
        if not wait_until_ended(self.pid, _LEAVE_SECONDS):
            end_tree(self.pid)
        message = "The program ended during the import of the app, without an exception."
        if self._state is State.LOADED:
            message = "The process that imported the app ended afterwards, together with the app."
        return SubmissionError("crash", message, (), read_last_words(self.folder))


@contextlib.contextmanager
def open_snapshot(folder: RunFolder, launcher: Launcher) -> Iterator[SnapshotProcess]:
    """Start the process of a snapshot, and end it with all that it started."""
    snapshot = SnapshotProcess(folder, launcher)
    try:
        yield snapshot
    finally:
        snapshot.close()


_HARMLESS_DEVICES = frozenset({"/dev/null", "/dev/urandom"})
_SYSTEM = "/usr/"
"""Where the C library maps tables that nobody can write to, such as those of encodings."""


def can_share(pid: int, output: Path) -> bool:
    """Tell whether copies of a snapshot could reach each other through what it holds open.

    Memory of a process is its own after a fork; a shared mapping and an open file description are
    not. Its own are its input, its output and one socket: each copy is given others. A process that
    may not be looked into counts as sharing. Where there is no `/proc` nobody can tell.
    """
    if sys.platform != "linux":
        return False
    try:
        return _maps_shared(pid) or _holds_open(pid, str(output))
    except (FileNotFoundError, ProcessLookupError):  # it has ended: nothing will be copied
        return False
    except OSError:
        return True


def _maps_shared(pid: int) -> bool:
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as lines:  # noqa: PTH123
        for line in lines:
            _, permissions, _, _, _, *name = line.split(maxsplit=5)
            is_table = permissions == "r--s" and "".join(name).startswith(_SYSTEM)
            if permissions.endswith("s") and not is_table:
                return True
    return False


def _holds_open(pid: int, output: str) -> bool:
    sockets = 0
    own = {"0": os.devnull, "1": output, "2": output}
    for number in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208 - one call, no objects
        target = os.readlink(f"/proc/{pid}/fd/{number}")  # noqa: PTH115
        if target.startswith("socket:"):
            sockets += 1
        elif target not in (own.get(number), *_HARMLESS_DEVICES):
            return True
    return sockets > 1


def open_again(file: BinaryIO) -> BinaryIO:
    """Open a file for appending that is open already, with a position and flags of its own."""
    path = f"/proc/self/fd/{file.fileno()}" if sys.platform == "linux" else file.name
    return open(path, "ab")  # noqa: PTH123
