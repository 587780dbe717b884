"""Exercises: a kata as one learner has it: their files, the hints they saw, what they reached.

It decides nothing and prints nothing; the commands work on it.
"""

import contextlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..model.catalogue import TASK_HEADING, Catalogue, Kata, find_root
from ..model.files import write
from ..model.reports import Report, Status
from .workspace import Save, Workspace

KATA_NOXFILE = Path(__file__).parent / "templates" / "kata_noxfile.py"
"""What lets learners call nox in the folder of a kata, where it would find no noxfile."""


class KataProgress(BaseModel):
    """The learner's state of one kata."""

    model_config = ConfigDict(extra="ignore")

    passed_at: datetime | None = None
    checked_at: datetime | None = None
    passed_criteria: int = 0
    """How many passed in the last check."""
    best_criteria: int = 0
    """How many passed in the best one."""
    criteria: int = 0
    is_public: bool = False
    """Whether these are only the public ones: others, which decide too, are the instructor's."""
    open_tasks: list[int] = []
    """Tasks of the criteria that the last check did not pass, the first one to mend first."""
    open_sentences: dict[int, str] = {}
    """By task, the first of its criteria that the last check did not pass."""
    hints: dict[int, int] = {}
    """How many hints were read, by task."""

    @property
    def is_done(self) -> bool:
        """Tell whether nothing that can be checked here is left."""
        return self.passed_at is not None or (
            self.is_public and self.passed_criteria == self.criteria
        )

    def describe(self) -> str:
        """Say the best result, and the last one where that is another."""
        if self.passed_at is None and not self.criteria:
            return "not tried"
        last = f"{self.passed_criteria} of {self.criteria}{' public' if self.is_public else ''}"
        if self.passed_at is not None:
            return "passed" if self.passed_criteria == self.criteria else f"passed, last {last}"
        best = min(self.best_criteria, self.criteria)
        return last if best <= self.passed_criteria else f"best {best}, last {last}"


class Progress:
    """Read and write the learner's state; a file that cannot be read counts as empty."""

    def __init__(self, root: Path) -> None:
        self._folder = root / ".dojo" / "progress"

    def read(self, kata: str) -> KataProgress:
        """Give the state of one kata."""
        with contextlib.suppress(OSError, ValidationError):
            return KataProgress.model_validate_json(self._path(kata).read_bytes())
        return KataProgress()

    def record(self, report: Report) -> str | None:
        """Remember a result; a kata once passed stays passed, a grader fault changes nothing.

        Gives what `write` gives.
        """
        if report.status is Status.GRADER_FAULT:
            return None
        state = self.read(report.kata)
        left = report.list_open()
        state.open_tasks = list(dict.fromkeys(each.task for each in left))
        state.open_sentences = {each.task: each.sentence for each in reversed(left)}
        state.criteria = len(report.criteria)
        state.is_public = report.hidden is not None
        state.passed_criteria = state.criteria - len(left)
        state.best_criteria = max(state.best_criteria, state.passed_criteria)
        state.checked_at = datetime.now(UTC)
        if report.status is Status.PASSED:
            state.passed_at = state.passed_at or state.checked_at
        return self.write(report.kata, state)

    def write(self, kata: str, state: KataProgress) -> str | None:
        """Write the state of one kata in one step; where that fails, give a sentence about it."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write(self._path(kata), state.model_dump_json(indent=2))
        except OSError as error:
            return f"Your progress was not kept in '.dojo': {error.strerror or error}."
        return None

    def _path(self, kata: str) -> Path:
        return self._folder / f"{kata}.json"


_STEP = re.compile(r"^\d+\. +", re.MULTILINE)
_INDENT = re.compile(r"^ {1,3}", re.MULTILINE)


@dataclass(frozen=True)
class Task:
    """A task of the README and its hints, from wide to narrow."""

    number: int
    title: str
    hints: tuple[str, ...]


def read_tasks(path: Path) -> list[Task]:
    """Read the tasks that have hints; a file that is missing has none."""
    text = path.read_text("utf-8") if path.is_file() else ""
    _, *parts = TASK_HEADING.split(text)
    tasks = [
        Task(int(number), title.strip(), _split_steps(body))
        for number, title, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]
    return [task for task in tasks if task.hints]


def _split_steps(body: str) -> tuple[str, ...]:
    _, *steps = _STEP.split(body)
    return tuple(_INDENT.sub("", step).strip() for step in steps)


def choose_task(tasks: Sequence[Task], state: KataProgress) -> Task:
    """Choose the task of the first criterion that the last check did not pass.

    Where all its hints are read, that of the next criterion with unread hints has its turn. Without
    an open task it is the first one with unread hints.
    """
    by_number = {task.number: task for task in tasks}
    wanted = [by_number[number] for number in state.open_tasks if number in by_number]
    unread = [task for task in wanted or tasks if not _is_read(task, state)]
    return (unread or wanted or tasks[-1:])[0]


def _is_read(task: Task, state: KataProgress) -> bool:
    return state.hints.get(task.number, 0) >= len(task.hints)


@dataclass(frozen=True)
class Exercise:
    """The learner's side of one kata."""

    kata: Kata

    @property
    def workspace(self) -> Workspace:
        """The learner's `app/` and its saves."""
        return Workspace(self.kata.exercise, self.kata.root / ".dojo", self.kata.description)

    @property
    def progress(self) -> Progress:
        """What the learner has reached, in all katas."""
        return Progress(self.kata.root)

    @property
    def has_changes(self) -> bool:
        """Tell whether the learner has changed the stub; while a solution is swapped in, no."""
        names = self.kata.file.editable
        return self.workspace.swapped is None and any(
            _read(self.kata.exercise / name) != _read(self.kata.stub / name) for name in names
        )

    @property
    def app(self) -> str:
        """The learner's `app/` as a path from the repository's root."""
        return self.locate(self.kata.exercise / "app")

    def locate(self, path: Path) -> str:
        """Write a path as people type it in the repository's root, or in their workspace."""
        return Path(os.path.relpath(path, self.kata.root)).as_posix()

    def describe(self) -> str:
        """Say which kata it is, in a line."""
        file = self.kata.file
        return (
            f'{self.kata.id}, "{file.title}" ({file.track}, {file.level}, {file.minutes} minutes)'
        )

    def describe_save(self, save: Save) -> str:
        """Say the number of a save and where it lies."""
        return f"save {save.number}, in '{self.locate(save.app)}'"

    def write_command(self, session: str, *arguments: str) -> str:
        """Write a command about this kata as a learner types it, in backticks."""
        return f"`nox -s {' '.join([session, '--', self.kata.number, *arguments])}`"

    def advise_recovery(self) -> str:
        """Say how to get deleted files back; both ways save first what is left."""
        again = f"To start again: {self.write_command('reset')}."
        if not self.workspace.saves():
            return again
        restore = self.write_command("reset", "--restore")
        return f"To bring back your last saved work: {restore}. {again}"

    def describe_swap(self) -> str | None:
        """Say that `app/` shows the solution, if so; an interrupted change is completed first."""
        if self.workspace.swapped is None:
            return None
        back = self.write_command("swap", "--back")
        return (
            f"'{self.app}' holds the solution, so results are not saved. "
            f"Run {back} to return to your own files."
        )


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def find_exercise(name: str) -> Exercise:
    """Find the exercise of a kata by its id, number or name, from the current folder."""
    return Exercise(Catalogue(find_root(Path.cwd())).find(name))
