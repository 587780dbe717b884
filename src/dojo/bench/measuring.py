"""Measuring: whole commands side by side, A B A B, and the median of their ratios.

Absolute times say little on a machine that does other things too; a ratio of two runs next to each
other does.
"""

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..wall.processes import list_children


@dataclass(frozen=True)
class Command:
    """A command whose wall time is measured, from start to exit."""

    arguments: Sequence[str]
    folder: Path
    status: int = 0

    def run(self) -> float:
        """Run it once; give the seconds, or raise `RuntimeError` if it ends otherwise."""
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
        started = time.perf_counter()
        done = subprocess.run(
            self.arguments, cwd=self.folder, env=environment, capture_output=True, text=True
        )
        seconds = time.perf_counter() - started
        if done.returncode != self.status:
            raise RuntimeError(f"'{' '.join(self.arguments)}' failed: {done.stdout}{done.stderr}")
        return seconds

    def run_for_cpu(self) -> float:
        """Run it once; give the seconds of CPU of the process and what it waited for."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.run()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def read_cpu(pid: int) -> float:
    """Give the seconds of CPU of a process and all that it ever started (Linux only)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")  # also of those collected
    return own + sum(map(read_cpu, list_children(pid)))


@dataclass(frozen=True)
class Figure:
    """One measured figure and what it must reach."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None
    detail: str = ""

    @property
    def reached(self) -> bool:
        """Tell whether the figure is within its bound."""
        high = self.most is None or self.value <= self.most
        return high and (self.least is None or self.value >= self.least)


def compare(one: Command, other: Command, rounds: int) -> tuple[float, str]:
    """Run two commands alternately; give the median of `one` / `other`, and both medians."""
    one.run()
    other.run()  # the first runs fill caches
    return describe_pairs([(one.run(), other.run()) for _ in range(rounds)])


def describe_pairs(pairs: Sequence[tuple[float, float]]) -> tuple[float, str]:
    """Give the median of the ratios of pairs of seconds, and the median of each column."""
    ratio = statistics.median(first / second for first, second in pairs)
    medians = [statistics.median(column) * 1000 for column in zip(*pairs, strict=True)]
    return ratio, f"{medians[0]:.0f} ms against {medians[1]:.0f} ms"
