"""Progress: what the learner has reached, kept under `.dojo/`: results and hints seen."""

import contextlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..reports import Outcome, Report, Status


class KataProgress(BaseModel):
    """The learner's state of one kata."""

    model_config = ConfigDict(extra="ignore")

    passed_at: datetime | None = None
    passed_criteria: int = 0
    criteria: int = 0
    is_public: bool = False
    """Whether these are only the public ones: others, which decide too, are the instructor's."""
    open_tasks: list[int] = []
    """Tasks of the criteria that the last check did not pass, in the order of the criteria."""
    hints: dict[int, int] = {}
    """How many hints were read, by task."""

    @property
    def is_done(self) -> bool:
        """Tell whether nothing that can be checked here is left."""
        return self.passed_at is not None or (
            self.is_public and self.passed_criteria == self.criteria
        )

    def describe(self) -> str:
        """Say the state in two or three words."""
        if self.passed_at is not None:
            return "passed"
        public = " public" if self.is_public else ""
        count = f"{self.passed_criteria} of {self.criteria}{public}"
        return count if self.criteria else "not tried"


class Progress:
    """Read and write the learner's state; a file that cannot be read counts as empty."""

    def __init__(self, root: Path) -> None:
        self._folder = root / ".dojo" / "progress"

    def read(self, kata: str) -> KataProgress:
        """Give the state of one kata."""
        with contextlib.suppress(OSError, ValidationError):
            return KataProgress.model_validate_json(self._path(kata).read_bytes())
        return KataProgress()

    def record(self, report: Report) -> None:
        """Remember a result; a kata once passed stays passed, a grader fault changes nothing."""
        if report.status is Status.GRADER_FAULT:
            return
        state = self.read(report.kata)
        tasks = [each.task for each in report.criteria if each.outcome is not Outcome.PASSED]
        state.open_tasks = list(dict.fromkeys(tasks))
        state.criteria = len(report.criteria)
        state.is_public = report.hidden is not None
        state.passed_criteria = state.criteria - len(tasks)
        if report.status is Status.PASSED:
            state.passed_at = state.passed_at or datetime.now(UTC)
        self.write(report.kata, state)

    def write(self, kata: str, state: KataProgress) -> None:
        """Write the state of one kata in one step."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(state.model_dump_json(indent=2))
        Path(name).replace(self._path(kata))

    def _path(self, kata: str) -> Path:
        return self._folder / f"{kata}.json"
