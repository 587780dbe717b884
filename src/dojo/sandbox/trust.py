"""Trust: which modes this machine really gives, by what a hostile process can do in them.

No version and no setting is believed: only what was tried.
"""

import functools
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from .bubblewrap import NoBubblewrap
from .modes import Mode
from .orders import wrap_worker

_LONGEST = 60.0

UNPROMISED = frozenset({"fill_disk"})
"""What no mode promises to prevent; `full` does where namespaces can be made in namespaces."""


class NoMode(Exception):
    """A mode was asked for that this machine does not give; the message says what to do."""


@dataclass(frozen=True)
class Examination:
    """What was tried in a mode: each act with what it could do, or the problem before that."""

    mode: Mode
    found: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def leaks(self) -> dict[str, str]:
        """Give what was not prevented although the mode promises it."""
        if self.mode is Mode.BASIC:
            return {}
        return {act: did for act, did in self.found.items() if did and act not in UNPROMISED}

    @property
    def holds(self) -> bool:
        """Tell whether the machine gives the mode."""
        return not self.problem and not self.leaks


@functools.cache
def examine(mode: Mode) -> Examination:
    """Try the acts in a mode."""
    with tempfile.TemporaryDirectory(prefix="dojo-", ignore_cleanup_errors=True) as name:
        yard = str(Path(name).resolve())
        try:
            inside = wrap_worker(mode, Path(yard))
        except NoBubblewrap as error:
            return Examination(mode, problem=str(error))
        command = [*inside, sys.executable, "-I", "-m", "dojo.sandbox.probing", mode, yard]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_LONGEST, text=True)
        except (OSError, subprocess.TimeoutExpired) as error:
            return Examination(mode, problem=str(error))
    try:
        examination = Examination(mode, **json.loads(done.stdout))
    except ValueError:
        examination = Examination(mode, problem=done.stderr.strip() or "The probes ended early.")
    return replace(examination, problem=examination.problem.rpartition("\n")[2])


def choose_mode(wanted: Mode | None = None) -> Mode:
    """Give the strictest mode whose probes hold on this machine; `NoMode` if `wanted` does not."""
    for mode in Mode if wanted is None else [wanted]:
        if mode is Mode.BASIC or examine(mode).holds:
            return mode
    raise NoMode(
        f"Isolation '{wanted}' does not hold on this machine. Run `nox -s doctor` to see why."
    )
