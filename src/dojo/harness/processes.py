"""Processes: who descends from whom, where they stand, and the end of all that was started.

It reads the kernel's own tables and believes nothing that a host says about itself. A process whose
event loop is blocked is asked where it stands by a signal: the interpreter writes the stacks itself
(`faulthandler`), even from inside C code, and only the submission's own lines are kept.

Whoever waits for processes takes a `Stopwatch`: no limit counts what the machine kept for others.
"""

import contextlib
import ctypes
import linecache
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

from .failures import Location
from .temporary_folders import RunFolder

_PR_SET_CHILD_SUBREAPER = 36
_MOST_SECONDS = 5.0
_LOOK_EVERY = 0.001
_KILL_SECONDS = 0.1
"""Seconds in which a killed process is normally gone."""
_COUNT_EVERY = 0.1


class Stopwatch:
    """Count the seconds in which the machine let processes run, with all that they started.

    Time in which one of their threads, or the grader, stood ready but was given no processor does
    not count. Their own use of all processors together counts in any case, so that an app which
    gets in its own way does not stop the clock. A look that comes late was kept from coming: more
    than a little never counts at once.
    """

    def __init__(self, pids: Callable[[], Iterable[int]], every: float = _COUNT_EVERY) -> None:
        self.seconds = 0.0
        self._pids = pids
        self._every = every
        self._looked = time.monotonic()
        self._waits: dict[int, float] | None = None  # most answers come before anything counts
        self._uses: dict[int, float] = {}

    def has_reached(self, seconds: float) -> bool:
        """Tell whether so many seconds are over; ask often: threads come and go."""
        self.look()
        return self.seconds > seconds

    def look(self) -> None:
        """Count the time since the last look, unless that is too short."""
        now = time.monotonic()
        if now - self._looked >= self._every:
            self._count(min(now - self._looked, 2 * self._every))
            self._looked = now

    def _count(self, step: float) -> None:
        waits_before, uses_before = self._waits, self._uses
        everyone = list(self._pids())
        if sys.platform == "linux":  # elsewhere looking costs much, and there is nothing to read
            everyone += [each for pid in everyone for each in list_descendants(pid)]
        self._uses = {pid: read_use(pid) for pid in everyone}
        self._waits = read_waits(os.getpid())
        for pid in everyone:
            self._waits |= read_waits(pid)
        if waits_before is not None:
            left = step - _add_growth(waits_before, self._waits)
            used = _add_growth(uses_before, self._uses) / (os.cpu_count() or 1)
            self.seconds += max(left, min(used, step))


def _add_growth(before: dict[int, float], after: dict[int, float]) -> float:
    return sum(value - before.get(key, 0.0) for key, value in after.items())


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose own parent ends (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def list_children(pid: int) -> list[int]:
    """Give the direct children of a process, oldest first; a collected process has none."""
    if sys.platform != "linux":
        return [child for child, parent, _ in _list_by_ps() if parent == pid]
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - asked very often
            with contextlib.suppress(OSError):
                found += map(int, _read_table(f"/proc/{pid}/task/{thread}/children").split())
    return found


def list_descendants(pid: int, keep: frozenset[int] = frozenset()) -> list[int]:
    """Give all living descendants of a process; those in `keep` are passed through, not listed."""
    found: list[int] = []
    waiting = list_children(pid)
    while waiting:
        child = waiting.pop()
        waiting += list_children(child)
        if child not in keep and not has_ended(child):
            found.append(child)
    return found


def is_child(pid: int, parent: int) -> bool:
    """Tell whether a process was started by another, whether it has ended or not."""
    if sys.platform != "linux":
        return pid in list_children(parent)
    fields = _read_stat(pid)
    return fields is not None and int(fields[1]) == parent


def find_child(parent: int, number: int) -> int:
    """Give the child that has a number in its own namespace; 0 if there is none.

    Numbers differ where the children live in a namespace; a collected child has none any more.
    """
    if sys.platform != "linux":
        return number if number in list_children(parent) else 0
    if _read_numbers(number) == (parent, number):
        return number
    found = (pid for pid in list_children(parent) if _read_numbers(pid) == (parent, number))
    return next(found, 0)


def read_own_number(pid: int) -> int:
    """Give the number that a process has in its own namespace; 0 if it is gone."""
    if sys.platform != "linux":
        return pid
    numbers = _read_numbers(pid)
    return numbers[1] if numbers else 0


def has_ended(pid: int) -> bool:
    """Tell whether a process is gone or a zombie, with the last of its threads."""
    if sys.platform != "linux":
        return all(child != pid or state[0] == "Z" for child, _, state in _list_by_ps())
    fields = _read_stat(pid)
    # A process whose first thread has ended looks like a zombie while its other threads run.
    return fields is None or (fields[0] in "ZX" and int(fields[17]) <= 1)


def wait_until_ended(pid: int, seconds: float) -> bool:
    """Wait for the end of a process that should be ending; `False` if it does not come."""
    stopwatch = Stopwatch(lambda: [pid])
    _wait_for_kernel(pid, _KILL_SECONDS)
    while not has_ended(pid):
        if stopwatch.has_reached(seconds):
            return False
        time.sleep(_LOOK_EVERY)
    return True


def _wait_for_kernel(pid: int, seconds: float) -> None:
    """Have the kernel wake this process when the other has ended; where it cannot, return."""
    if not hasattr(os, "pidfd_open"):
        return
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            poll.poll(seconds * 1000)
        finally:
            os.close(descriptor)


def end_descendants(pid: int, keep: frozenset[int] = frozenset()) -> bool:
    """Kill all descendants but those in `keep`; `False` if some could not be ended.

    A process can fork and end faster than it is looked up, so that no living one is ever seen. Only
    a round that meets nobody but those already known as ended proves that nobody is left.
    """
    stopwatch = Stopwatch(lambda: [pid])
    killed: set[int] = set()
    ended: set[int] = set()
    while found := _kill_descendants(pid, keep, ended):
        if stopwatch.has_reached(_MOST_SECONDS):
            return False
        for each in found:
            _wait_for_kernel(each, _KILL_SECONDS)
        ended.update(filter(has_ended, found))
        if killed.issuperset(found):
            time.sleep(_LOOK_EVERY)
        killed.update(found)
    return True


def end_tree(pid: int) -> None:
    """Kill a process and all its descendants."""
    send_signal(pid, signal.SIGSTOP)  # it can fork no more while its children die
    end_descendants(pid)
    send_signal(pid, signal.SIGKILL)


def send_signal(pid: int, number: int) -> None:
    """Send a signal; a process that has ended meanwhile is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def offer_to_kernel(pid: int) -> None:
    """Have the kernel end a process, or what it starts, before others when memory runs out."""
    with contextlib.suppress(OSError):
        descriptor = os.open(f"/proc/{pid}/oom_score_adj", os.O_WRONLY)
        with os.fdopen(descriptor, "w") as file:
            file.write("1000")


def read_waits(pid: int) -> dict[int, float]:
    """Give for each thread the seconds that it waited for a processor, where the kernel tells."""
    waits: dict[int, float] = {}
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - asked very often
            with contextlib.suppress(OSError, ValueError, IndexError):
                waited = int(_read_table(f"/proc/{pid}/task/{thread}/schedstat").split()[1])
                waits[int(thread)] = waited / 1e9
    return waits


def read_use(pid: int) -> float:
    """Give the seconds of processor time that a process has used, where the kernel tells."""
    fields = _read_stat(pid) if sys.platform == "linux" else None
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _kill_descendants(pid: int, keep: frozenset[int], ended: set[int]) -> list[int]:
    """Kill all descendants but those in `keep` and `ended`; give them.

    Each is stopped as it is met, the youngest first: it can fork no more, and its children stay its
    own until they are met as well.
    """
    found: list[int] = []
    waiting = [pid]
    while waiting:
        for child in reversed(list_children(waiting.pop())):
            if child in ended:
                continue
            if child not in keep:
                send_signal(child, signal.SIGSTOP)
                found.append(child)
            waiting.append(child)
    for each in found:
        send_signal(each, signal.SIGKILL)
    return found


def _read_stat(pid: int) -> list[str] | None:
    """Give the fields of the kernel's line about a process from its state on."""
    try:
        return _read_table(f"/proc/{pid}/stat").rpartition(b")")[2].decode().split()
    except OSError:
        return None


def _read_table(path: str) -> bytes:
    """Read one of the kernel's tables: at most a page or two, in one call."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, 65536)
    finally:
        os.close(descriptor)


def _read_numbers(pid: int) -> tuple[int, int] | None:
    """Give a process's parent as it is seen here, and its number in its own namespace."""
    try:
        lines = _read_table(f"/proc/{pid}/status").splitlines()
    except OSError:
        return None
    wanted = (b"PPid:", b"NSpid:")
    parent, numbers = (line.split()[1:] for line in lines if line.startswith(wanted))
    return int(parent[0]), int(numbers[-1])


def _list_by_ps() -> list[tuple[int, int, str]]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [(int(pid), int(parent), state) for pid, parent, state in rows]


_FRAME = re.compile(
    r'^  File "(?P<file>[^"]{1,1000})", line (?P<line>\d{1,9}) in (?P<function>.+)$'
)
_LONGEST_WAIT = 0.5
_MOST_TEXT = 200_000
_MOST_LOCATIONS = 50
"""Lines that are looked up: the text may be forged, and each lookup reads a file."""


def ask_where(pid: int, folder: RunFolder) -> tuple[Location, ...]:
    """Give the innermost own line of each thread; nothing if the process does not answer."""
    before = _size(folder.output)
    send_signal(pid, signal.SIGUSR1)
    stopwatch = Stopwatch(lambda: [pid])
    text = ""
    while not stopwatch.has_reached(_LONGEST_WAIT) and "most recent call first" not in text:
        time.sleep(0.01)
        text = _read_from(folder.output, before)
    time.sleep(0.01)
    return read_stacks(_read_from(folder.output, before), folder.stage)


def read_last_words(folder: RunFolder) -> tuple[Location, ...]:
    """Give the own lines of the stack that a crashing interpreter wrote, if it did."""
    text = _read_from(folder.output, max(0, _size(folder.output) - _MOST_TEXT))
    _, found, fatal = text.rpartition("Fatal Python error")
    return read_stacks(fatal, folder.stage) if found else ()


def read_stacks(text: str, root: Path) -> tuple[Location, ...]:
    """Read what `faulthandler` writes: each thread's frames below `root`, the innermost first.

    It writes the newest thread first; the oldest, in which the event loop runs, matters most.
    """
    locations: list[Location] = []
    for stack in reversed(text.split("most recent call first")[1:]):
        frames = (_FRAME.match(line) for line in stack.splitlines())
        left = _MOST_LOCATIONS - len(locations)
        own = (match for match in frames if match and _is_below(match["file"], root))
        locations += [_read_location(match, root) for match in islice(own, left)]
    return tuple(locations)


def _read_location(match: re.Match[str], root: Path) -> Location:
    file, line = Path(match["file"]), int(match["line"])
    code = linecache.getline(str(file), line).strip()
    return Location(str(file.relative_to(root)), line, match["function"], code)


def _is_below(file: str, root: Path) -> bool:
    """Tell whether a regular file is in a tree, by whichever links: the text may be forged."""
    try:
        path = Path(file).resolve()
        return path.is_relative_to(root) and Path(file).is_relative_to(root) and path.is_file()
    except (OSError, RuntimeError, ValueError):  # such as a name that is too long
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _read_from(path: Path, start: int) -> str:
    """Read on from a position; nothing if the submission has put something else in the place."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            file.seek(start)
            return (file.read(_MOST_TEXT) or b"").decode("utf-8", "replace")
    except OSError:
        return ""
