"""Last checks: how each criterion ended when the learner's work was last checked, and with what.

It is kept so that the same run can be looked at again; it decides nothing.
"""

import contextlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..model.files import write
from ..model.reports import Outcome, Report


class LastCheck(BaseModel):
    """One check: its seed, what was graded by what, and the criteria that were checked."""

    model_config = ConfigDict(extra="ignore")

    seed: str
    submission_digest: str
    grader_digest: str
    outcomes: dict[str, Outcome]
    """By name, in the order of the README's tasks."""

    @classmethod
    def of(cls, report: Report) -> "LastCheck":
        """Take from a report what a last check is."""
        return cls(
            seed=report.seed,
            submission_digest=report.environment.submission_digest,
            grader_digest=report.environment.grader_digest,
            outcomes={
                each.name: each.outcome
                for each in sorted(report.criteria, key=lambda each: each.task)
            },
        )

    def is_like(self, other: "LastCheck") -> bool:
        """Tell whether both graded the same files with the same grader and inputs."""
        return (self.seed, self.submission_digest, self.grader_digest) == (
            other.seed,
            other.submission_digest,
            other.grader_digest,
        )

    @property
    def first_failed(self) -> str | None:
        """Name the first criterion that did not pass, rather one that was not only blocked."""
        for wanted in ((Outcome.FAILED, Outcome.ERROR), (Outcome.BLOCKED,)):
            for name, outcome in self.outcomes.items():
                if outcome in wanted:
                    return name
        return None


class LastChecks:
    """The last check of every kata, below `.dojo/`; a file that cannot be read counts as none."""

    def __init__(self, root: Path) -> None:
        self._folder = root / ".dojo" / "last_checks"

    def read(self, kata: str) -> LastCheck | None:
        """Give the last check of a kata."""
        with contextlib.suppress(OSError, ValidationError):
            return LastCheck.model_validate_json(self._path(kata).read_bytes())
        return None

    def record(self, report: Report) -> None:
        """Keep a check; where nothing can be written, the next trace has inputs of its own."""
        if report.fault is not None:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            write(self._path(report.kata), LastCheck.of(report).model_dump_json(indent=2) + "\n")

    def _path(self, kata: str) -> Path:
        return self._folder / f"{kata}.json"
