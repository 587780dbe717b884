"""Sharing: what copies of one process would have in common, as the kernel tells it.

Memory of a process is its own after a fork; a shared mapping and an open file description are not.
"""

import os
import sys
from pathlib import Path
from typing import BinaryIO

_HARMLESS_DEVICES = frozenset({"/dev/null", "/dev/urandom"})
_SYSTEM = "/usr/"
"""Where the C library maps tables that nobody can write to, such as those of encodings."""


def can_share(pid: int, output: Path) -> bool:
    """Tell whether copies of a snapshot could reach each other through what it holds open.

    Its own are its input, its output and one socket: each copy is given others. A process that may
    not be looked into counts as sharing. Where there is no `/proc` nobody can tell.
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
