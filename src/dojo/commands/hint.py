"""Hint: show one more hint of a kata, each time a narrower one."""

import argparse
from collections.abc import Sequence

from ..commandline import ExitCode, UsageError
from ..practice.desks import Desk, find_desk
from ..practice.hints import Task, choose_task, read_tasks
from ..renderers.consoles import open_console
from ..renderers.hints import render_hint


def execute(arguments: argparse.Namespace) -> int:
    """Show the next hint of a task and remember that it was read."""
    desk = find_desk(arguments.kata)
    tasks = read_tasks(desk.kata.exercise / "HINTS.md")
    state = desk.progress.read(desk.kata.id)
    if not tasks:
        raise UsageError(
            f"Kata '{desk.kata.id}' has no hints. "
            f"Run {desk.write_command('check')} to see what is missing."
        )
    wanted = arguments.task
    task = choose_task(tasks, state) if wanted is None else _find_task(desk, tasks, wanted)
    read = state.hints.get(task.number, 0)
    number = min(read + 1, len(task.hints))
    state.hints[task.number] = number
    desk.progress.write(desk.kata.id, state)
    render_hint(desk, task, number, repeated=read >= number, console=open_console())
    return ExitCode.PASSED


def _find_task(desk: Desk, tasks: Sequence[Task], number: int) -> Task:
    for task in tasks:
        if task.number == number:
            return task
    numbers = ", ".join(str(task.number) for task in tasks)
    raise UsageError(
        f"Kata '{desk.kata.id}' has no hints for a task '{number}', only for {numbers}. "
        f"Run {desk.write_command('hint')} to get one that fits."
    )
