"""Orders: what a zygote is told about how to confine its submissions, and by what it is run."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import bubblewrap
from .modes import Mode
from .visible import list_readable

_FIRST_USER = 1_900_000_000
"""Real users of hosts that root starts: each has a number, and so a count of processes, alone."""


def make_order(mode: Mode, listeners: int) -> dict[str, Any]:
    """Make the first frame for a zygote, which is to make so many listening sockets."""
    if mode is Mode.BASIC:
        return {"closed": False}
    return {
        "closed": True,
        "apart": mode is Mode.FULL,
        "listeners": listeners,
        "readable": list_readable(),
        "real_user": _FIRST_USER + os.getpid(),
    }


def wrap_worker(mode: Mode, yard: Path) -> Sequence[str]:
    """Give the command that runs a worker whose runs all are in the folder `yard`."""
    return bubblewrap.wrap_worker(yard) if mode is Mode.FULL else ()


def wrap_zygote(mode: Mode, yard: Path) -> Sequence[str]:
    """Give the command that runs a zygote for runs in the folder `yard`."""
    return bubblewrap.wrap_zygote(yard) if mode is Mode.FULL else ()
