"""Tallies: how far a run is, as numbers."""

import time
from collections import Counter
from dataclasses import dataclass, field

from .results import ResultStatus


@dataclass
class Tally:
    """Counts of the results of a run, `total` in the end."""

    total: int
    counts: Counter[ResultStatus] = field(default_factory=Counter)
    kept: int = 0
    """Results of an earlier call, not graded again."""
    again: int = 0
    """Results of an earlier call that are replaced: another submission, or a grader fault."""
    began: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """Count the seconds from now on."""
        self.began = time.monotonic()

    @property
    def done(self) -> int:
        """How many results there are."""
        return self.counts.total()

    @property
    def rate(self) -> float:
        """Results a second in this call."""
        return (self.done - self.kept) / max(time.monotonic() - self.began, 0.001)

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end at this rate; unknown before the first result."""
        return (self.total - self.done) / self.rate if self.done > self.kept else None
