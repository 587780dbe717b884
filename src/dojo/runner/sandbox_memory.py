"""The sandbox's memory: whether `no-bwrap` holds here, for whoever checks on their own machine.

The probes take a second, so what they found is kept in the environment that they tried. A memory
that cannot be read, or is about anything else than what is here now, is none; one that cannot be
written only means that the next check probes again. A lie in it gives nobody more than they have:
what cannot be closed is refused when it is closed.
"""

import contextlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from .sandbox import PACKAGE, Mode, examine

MEMORY = Path(sys.prefix) / "isolation.json"

PUBLIC = frozenset({"read_grader"})
"""What one's own work may do: where the engine comes as a wheel, it lies among the libraries."""

CODE = (
    *("host/confinement.py", "host/restrictions.py"),
    *("runner/sandbox.py", "runner/sandbox_attacks.py", "runner/sandbox_probe.py"),
)
_PACKAGES = ("landlockpy", "seccompy")
_BOOT = Path("/proc/cmdline")
_STATUS = Path("/proc/self/status")
_RIGHTS = ("CapEff", "NoNewPrivs", "Seccomp")


def choose_own_mode() -> Mode:
    """Give the best mode that needs no installation: `no-bwrap` if it holds, else `basic`."""
    if sys.platform != "linux":
        return Mode.BASIC
    here = list(describe_machine())
    holds = recall(here)
    if holds is None:
        examination = examine(Mode.NO_BWRAP)
        holds = not examination.problem and PUBLIC.issuperset(examination.leaks)
        if examination.finished:
            remember(here, holds)
    return Mode.NO_BWRAP if holds else Mode.BASIC


def describe_machine() -> Iterator[str]:
    """Name what decides: kernel, how it was started, our rights, the packages and this code."""
    yield " ".join(os.uname())
    yield _read(_BOOT)
    yield " ".join(each for each in _read(_STATUS).splitlines() if each.startswith(_RIGHTS))
    yield str(os.geteuid())
    yield " ".join(map(_describe_file, (*(PACKAGE / part for part in CODE), *_find_packages())))


def recall(here: list[str]) -> bool | None:
    """Give whether the mode holds on the machine described, or `None` if that is not known."""
    try:
        memory = json.loads(MEMORY.read_bytes())
        return bool(memory["holds"]) if memory["machine"] == here else None
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return None


def remember(here: list[str], holds: bool) -> None:
    """Keep what was found, where that is possible."""
    from ..model.files import write

    with contextlib.suppress(OSError):
        write(MEMORY, json.dumps({"machine": here, "holds": holds}))


def forget() -> None:
    """Have the next check probe again."""
    with contextlib.suppress(OSError):
        MEMORY.unlink()


def _find_packages() -> Iterator[Path]:
    """Give the file of each package that says its version."""
    for name in _PACKAGES:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            yield Path(found.origin)


def _describe_file(path: Path) -> str:
    state = path.stat()
    return f"{state.st_size}-{state.st_mtime_ns}"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
