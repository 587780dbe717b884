"""Stacks: it asks a process whose event loop is blocked where it stands.

The interpreter writes the stacks itself on a signal (`faulthandler`), so that the answer comes
even from inside C code. Only the submission's own lines are kept.
"""

import linecache
import os
import re
import signal
import time
from itertools import islice
from pathlib import Path

from .failures import Location
from .processes import Stopwatch, send_signal
from .run_folder import RunFolder

_FRAME = re.compile(
    r'^  File "(?P<file>[^"]{1,1000})", line (?P<line>\d{1,9}) in (?P<function>.+)$'
)
_LONGEST_WAIT = 0.5
_MOST_TEXT = 200_000
_MOST_LOCATIONS = 50
"""Lines that are looked up: the text may be forged, and each lookup reads a file."""


def ask(pid: int, folder: RunFolder) -> tuple[Location, ...]:
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
