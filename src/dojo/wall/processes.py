"""Processes: who descends from whom, and the end of everything that a submission started.

It reads the kernel's own tables and believes nothing that a host says about itself.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_MOST_ROUNDS = 200


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose own parent ends (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def list_children(pid: int) -> list[int]:
    """Give the direct children of a process; an ended process has none."""
    if sys.platform != "linux":
        return _list_children_by_ps(pid)
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (thread / "children").read_text().split())
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


def has_ended(pid: int) -> bool:
    """Tell whether a process is gone or a zombie."""
    if sys.platform != "linux":
        return False
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"


def end_descendants(pid: int, keep: frozenset[int] = frozenset()) -> bool:
    """Kill all descendants but those in `keep`; `False` if some could not be ended."""
    for _ in range(_MOST_ROUNDS):
        found = list_descendants(pid, keep)
        if not found:
            return True
        for each in found:  # stopped first, so that none can fork while the others die
            send_signal(each, signal.SIGSTOP)
        for each in found:
            send_signal(each, signal.SIGKILL)
    return False


def end_tree(pid: int) -> None:
    """Kill a process and all its descendants."""
    end_descendants(pid)
    send_signal(pid, signal.SIGKILL)


def send_signal(pid: int, number: int) -> None:
    """Send a signal; a process that has ended meanwhile is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def read_disturbance(pid: int) -> float:
    """Seconds that a process's threads waited for a processor; 0.0 where the kernel tells not."""
    waited = 0
    with contextlib.suppress(OSError, ValueError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            waited += int((thread / "schedstat").read_text().split()[1])
    return waited / 1e9


def _list_children_by_ps(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = [line.split() for line in listed.splitlines()]
    return [int(child) for child, parent in pairs if int(parent) == pid]
