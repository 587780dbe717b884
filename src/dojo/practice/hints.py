"""Hints: the steps of a `HINTS.md` by task, and the task that a learner needs one for.

How many were read is the learner's state, which `progress` keeps.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..catalogue import TASK_HEADING
from .progress import KataProgress

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
    """Choose the first task that the last check left open, else the first with unread hints."""
    by_number = {task.number: task for task in tasks}
    for number in state.open_tasks:
        if number in by_number:
            return by_number[number]
    unread = (task for task in tasks if state.hints.get(task.number, 0) < len(task.hints))
    return next(unread, tasks[-1])
