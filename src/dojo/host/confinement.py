"""Confinement: limits, and how a fork server confines what it forks, before any import.

It is prepared once and closed around each snapshot, then tighter around each host. What it cannot
do it raises: nothing runs less confined than was asked for.
"""

import ctypes
import errno
import importlib
import math
import mmap
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, Protocol

from .frames import Frame, FrameSocket

_BACKLOG = 512
_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends (Linux only).

    A fork has to ask again. Elsewhere a process ends when its socket is closed.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Confinement(Protocol):
    """What confines a snapshot and its copies."""

    def confine_snapshot(
        self, readable: Sequence[str], writable: Sequence[str], *, processes: bool = False
    ) -> None:
        """Confine this process, which is about to import a submission.

        With `processes` its copies may start some, so that nobody is to confine them further.
        """

    def confine_host(self) -> None:
        """Confine this process, a copy that makes no more copies, further."""


class NoConfinement:
    """A confinement without walls: for one's own work."""

    def confine_snapshot(
        self, readable: Sequence[str], writable: Sequence[str], *, processes: bool = False
    ) -> None:
        """Do nothing."""

    def confine_host(self) -> None:
        """Do nothing."""


class KernelConfinement:
    """A confinement of Landlock and seccomp."""

    def __init__(self, request: Frame, ports: Sequence[int]) -> None:
        from . import restrictions

        replace_process_locks()
        keep_shared_memory_in_work()
        restrictions.drop(request["real_user"])
        version = restrictions.read_version()
        if not version and not request["apart"]:
            raise OSError("This kernel has no Landlock.")
        signals = request["apart"] or version >= restrictions.SCOPING_VERSION
        self._snapshot = restrictions.make_filter(connects=bool(ports), signals=signals)
        self._family = restrictions.make_filter(
            connects=bool(ports), signals=signals, processes=True
        )
        self._signals = signals
        self._copy = restrictions.make_filter_of_forks()
        self._restrict = restrictions.restrict if version else None
        self._readable: list[str] = request["readable"]
        self._ports = ports
        self._rehearse()

    def confine_snapshot(
        self, readable: Sequence[str], writable: Sequence[str], *, processes: bool = False
    ) -> None:
        """Confine this process to its own files and to the ports of the labs.

        With `processes` it can signal those of its own confinement, and no others.
        """
        if processes and not self._signals:
            raise OSError(
                "This kernel cannot confine signals, so no app may start processes. "
                "Your own work can be checked with `--isolation basic`."
            )
        if processes:
            share_process_locks()
            refuse_other_start_methods()
        if self._restrict is not None:
            self._restrict((*self._readable, *readable), writable, self._ports)
        (self._family if processes else self._snapshot).load()

    def confine_host(self) -> None:
        """Let this process make threads only."""
        self._copy.load()

    def _rehearse(self) -> None:
        """Confine a process that does nothing: no submission is to blame if that fails."""
        pid = os.fork()
        if pid == 0:
            try:
                self.confine_snapshot([], [str(Path.cwd())])
                self.confine_host()
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if status:
            raise OSError("The confinement for submissions cannot be closed.")


def prepare_confinement(control: FrameSocket) -> Confinement:
    """Prepare the confinement that the first frame asks for; answer with its listeners.

    They are made here because a fork server can have a network of its own.
    """
    request = control.read()
    if request is None or not request["closed"]:
        return NoConfinement()
    listeners = [
        socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        for _ in range(request["listeners"])
    ]
    ports = [*request["ports"], *(listener.getsockname()[1] for listener in listeners)]
    if listeners:
        control.write({"kind": "listening"}, tuple(each.fileno() for each in listeners))
    for listener in listeners:
        listener.close()
    return KernelConfinement(request, ports)


Limits = dict[str, int]

DEFAULT_LIMITS: Limits = {
    "address_space": 2 * 1024**3,
    "cpu_seconds": 60,
    "file_size": 16 * 1024**2,
    "open_files": 256,
    "processes": 128,
}
"""Bytes, seconds of CPU for one process, bytes a file, descriptors, processes and threads."""


def confine(limits: Limits) -> None:
    """Apply the limits that this platform knows; a lower limit already in force stays.

    A limit that Linux refuses ends the process with a sentence: without it nothing may be graded.
    """
    try:
        import resource
    except ImportError:  # a platform without POSIX limits
        return
    wanted = {
        "RLIMIT_AS": limits["address_space"],
        "RLIMIT_CPU": limits["cpu_seconds"],
        "RLIMIT_FSIZE": limits["file_size"],
        "RLIMIT_NOFILE": limits["open_files"],
        "RLIMIT_NPROC": limits["processes"] + _processes_of_this_user(),
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        number = getattr(resource, name)
        _, hard = resource.getrlimit(number)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(number, (value, value))
        except (ValueError, OSError) as error:
            if sys.platform == "linux":
                raise SystemExit(f"The limit '{name}' cannot be set to {value}: {error}.") from None
            # macOS refuses some, notably the address space


def _processes_of_this_user() -> int:
    """Count the user's tasks: the kernel counts them all, not only those of this host."""
    own = os.getuid()
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            tasks = (process / "task").stat()
        except OSError:  # ended meanwhile
            continue
        if tasks.st_uid == own:
            count += tasks.st_nlink - 2  # a folder has two links and one for each folder in it
    return count


_RECURSIVE = 0
"""The kind that `RLock` asks for; every other kind is a semaphore, which anybody may release."""


class ThreadSemaphore:
    """A `_multiprocessing.SemLock` that works among the threads of one process.

    The C library keeps semaphores in a folder that all processes of the machine share, so a
    confined host can make none. It cannot make another process either: locks of its threads do.
    """

    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None:
        self.kind = kind
        self.maxvalue = maxvalue
        self.name = None if unlink else name
        self.handle = id(self)
        self._value = value
        self._released = threading.Condition()
        self._owner = 0
        self._holds = 0

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take one, waiting for it if asked to, at most `timeout` seconds; tell whether it came."""
        if self.kind == _RECURSIVE and self._is_mine():
            self._holds += 1
            return True
        patience = (None if timeout is None else max(timeout, 0.0)) if block else 0.0
        with self._released:
            if not self._released.wait_for(self._get_value, patience):
                return False
            self._value -= 1
            self._owner = threading.get_ident()
            self._holds += 1
        return True

    def release(self) -> None:
        """Give one back; `AssertionError` and `ValueError` as the original raises them."""
        if self.kind == _RECURSIVE:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._holds > 1:
                self._holds -= 1
                return
        with self._released:
            if self._value >= self.maxvalue:
                raise ValueError("semaphore or lock released too many times")
            self._value += 1
            self._holds -= 1
            self._released.notify()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _count(self) -> int:
        return self._holds

    def _is_mine(self) -> bool:
        return self._holds > 0 and self._owner == threading.get_ident()

    def _get_value(self) -> int:
        return self._value

    def _is_zero(self) -> bool:
        return self._value == 0

    def _after_fork(self) -> None:
        self._holds = 0


class SharedSemaphore(ThreadSemaphore):
    """One that works among forks as well: it has no name, and lies in memory that they share."""

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None:
        super().__init__(kind, value, maxvalue, name, unlink)
        self._library = ctypes.CDLL(None, use_errno=True)
        self._memory = (ctypes.c_char * mmap.PAGESIZE).from_buffer(mmap.mmap(-1, mmap.PAGESIZE))
        self._call("sem_init", 1, value)

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take one, waiting for it if asked to, at most `timeout` seconds; tell whether it came."""
        if self.kind == _RECURSIVE and self._is_mine():
            self._holds += 1
            return True
        if not self._take(block, timeout):
            return False
        self._owner = threading.get_ident()
        self._holds += 1
        return True

    def _take(self, block: bool, timeout: float | None) -> bool:
        if block and timeout is None:
            return self._call("sem_wait")
        if not block or timeout is None or timeout <= 0:
            return self._call("sem_trywait")
        part, whole = math.modf(time.clock_gettime(time.CLOCK_REALTIME) + timeout)
        until = (ctypes.c_long * 2)(int(whole), int(part * 1e9))
        return self._call("sem_timedwait", until)

    def release(self) -> None:
        """Give one back; `AssertionError` and `ValueError` as the original raises them."""
        if self.kind == _RECURSIVE:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._holds > 1:
                self._holds -= 1
                return
        if self._get_value() >= self.maxvalue:
            raise ValueError("semaphore or lock released too many times")
        self._holds -= 1
        self._call("sem_post")

    def _get_value(self) -> int:
        value = ctypes.c_int()
        self._call("sem_getvalue", ctypes.byref(value))
        return value.value

    def _is_zero(self) -> bool:
        return self._get_value() == 0

    def _call(self, function: str, *arguments: Any) -> bool:
        """Call a function of the C library; `False` if it would have to wait, or waited enough."""
        while self._library[function](self._memory, *arguments):
            number = ctypes.get_errno()
            if number in (errno.EAGAIN, errno.ETIMEDOUT):
                return False
            if number != errno.EINTR:  # after a signal it goes on
                raise OSError(number, os.strerror(number))
        return True


def replace_process_locks() -> None:
    """Have `multiprocessing` make its locks, queues and pools of locks of threads."""
    _make_process_locks_of(ThreadSemaphore)


def share_process_locks() -> None:
    """Have it make them of locks that a process shares with its forks."""
    _make_process_locks_of(SharedSemaphore)


def _make_process_locks_of(kind: type[ThreadSemaphore]) -> None:
    module: Any = importlib.import_module("_multiprocessing")
    module.SemLock = kind


def refuse_other_start_methods() -> None:
    """Have `multiprocessing` say at once that it can only fork.

    It would not notice that a new interpreter cannot be started, and wait for it or lose it.
    """
    util: Any = importlib.import_module("multiprocessing.util")
    util.spawnv_passfds = _refuse_program


def _refuse_program(*_: object) -> NoReturn:
    raise PermissionError(errno.EPERM, "No program can be started here, and Python is one")


def keep_shared_memory_in_work() -> None:
    """Have `multiprocessing` share memory through files where the submission may write them."""
    heap: Any = importlib.import_module("multiprocessing.heap")
    heap.Arena._dir_candidates = []  # not in /dev/shm, which others can see
