"""The learner's commands: `hint`, `swap`, `reset`, `serve`, `notes`."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..learning.exercises import Exercise, Task, choose_task, find_exercise, read_tasks
from ..learning.workspace import Save
from ..model.catalogue import Kata, name_kata
from ..model.errors import ExitCode, UsageError
from ..output.learner_pages import render_hint, render_notes
from ..output.terminal import open_console, render_sentences


def add_kata_argument(parser: argparse.ArgumentParser) -> None:
    """Add the one kata that a command is about: by default the one whose folder this is."""
    here = name_kata(Path.cwd())
    parser.add_argument(
        "kata", metavar="KATA", help="id, number or name", default=here, nargs="?" if here else None
    )


def add_hint_options(parser: argparse.ArgumentParser) -> None:
    """Add the kata and the task."""
    add_kata_argument(parser)
    parser.add_argument("--task", type=int, metavar="N", help="a task of the README")


def run_hint(arguments: argparse.Namespace) -> int:
    """Show the next hint of a task and remember that it was read."""
    exercise = find_exercise(arguments.kata)
    tasks = read_tasks(exercise.kata.description / "HINTS.md")
    state = exercise.progress.read(exercise.kata.id)
    if not tasks:
        raise UsageError(
            f"Kata '{exercise.kata.id}' has no hints. "
            f"Run {exercise.write_command('check')} to see what is missing."
        )
    wanted = arguments.task
    task = choose_task(tasks, state) if wanted is None else _find_task(exercise, tasks, wanted)
    read = state.hints.get(task.number, 0)
    number = min(read + 1, len(task.hints))
    state.hints[task.number] = number
    problem = exercise.progress.write(exercise.kata.id, state)
    repeated = read >= number
    reason = state.open_sentences.get(task.number, "")
    console = open_console()
    render_hint(exercise, task, number, repeated=repeated, reason=reason, console=console)
    render_sentences([problem] if problem else [], console)
    return ExitCode.PASSED


def _find_task(exercise: Exercise, tasks: Sequence[Task], number: int) -> Task:
    for task in tasks:
        if task.number == number:
            return task
    numbers = ", ".join(str(task.number) for task in tasks)
    raise UsageError(
        f"Kata '{exercise.kata.id}' has no hints for a task '{number}', only for {numbers}. "
        f"Run {exercise.write_command('hint')} to get the next one."
    )


def add_notes_options(parser: argparse.ArgumentParser) -> None:
    """Add the kata, and whether to show them before a pass."""
    add_kata_argument(parser)
    parser.add_argument("--spoil", action="store_true", help="show them before a pass")


def run_notes(arguments: argparse.Namespace) -> int:
    """Show the notes, or say how to get them."""
    exercise = find_exercise(arguments.kata)
    console = open_console()
    if not arguments.spoil and exercise.progress.read(exercise.kata.id).passed_at is None:
        render_sentences([_refuse(exercise)], console)
        return ExitCode.NOT_PASSED
    path = exercise.kata.solution / "NOTES.md"
    if not path.is_file():
        raise UsageError(
            f"Kata '{exercise.kata.id}' has no notes: '{exercise.locate(path)}' is missing. "
            f"Run {exercise.write_command('hint')} for a hint."
        )
    render_notes(exercise, path, console)
    return ExitCode.PASSED


def _refuse(exercise: Exercise) -> str:
    check, spoil = exercise.write_command("check"), exercise.write_command("notes", "--spoil")
    return (
        f"The notes of '{exercise.kata.id}' show the solution. "
        f"First pass {check}. To read them now: {spoil}."
    )


NEWEST = 0
"""Stands for the number of the newest save."""


def add_reset_options(parser: argparse.ArgumentParser) -> None:
    """Add the kata, and what to bring back."""
    add_kata_argument(parser)
    parser.add_argument("--saves", action="store_true", help="list the saved work")
    restore = parser.add_argument("--restore", type=int, nargs="?", const=NEWEST, metavar="N")
    restore.help = "bring saved work back: save N, or the newest"


def run_reset(arguments: argparse.Namespace) -> int:
    """Reset, restore or list saves, and say where the learner's own work is."""
    if arguments.saves and arguments.restore is not None:
        raise UsageError("Give either `--saves` or `--restore N`, not both.")
    exercise = find_exercise(arguments.kata)
    if arguments.saves:
        sentences = _list_saves(exercise)
    elif arguments.restore is not None:
        sentences = _restore(exercise, arguments.restore)
    else:
        sentences = _reset(exercise)
    render_sentences(sentences, open_console())
    return ExitCode.PASSED


def _reset(exercise: Exercise) -> list[str]:
    swapped = exercise.workspace.swapped
    kept = exercise.workspace.reset()
    own = swapped or kept
    return [
        f"'{exercise.app}' holds the original stub now.",
        *([f"The old files are {exercise.describe_save(kept)}."] if kept else []),
        *([f"Your own files are {exercise.describe_save(swapped)}."] if swapped else []),
        f"Next: {_command_restore(exercise, str(own.number))} brings your own files back."
        if own
        else f"Next: {exercise.write_command('check')} grades it.",
    ]


def _restore(exercise: Exercise, number: int) -> list[str]:
    known = {save.number for save in exercise.workspace.saves()}
    restored = exercise.workspace.restore(
        max(known, default=number) if number == NEWEST else number
    )
    kept = [save for save in exercise.workspace.saves() if save.number not in known]
    return [
        f"'{exercise.app}' holds save {restored.number} now.",
        *(f"The old files are {exercise.describe_save(each)}." for each in kept),
        f"Next: {exercise.write_command('check')} grades it.",
    ]


def _list_saves(exercise: Exercise) -> list[str]:
    saves = exercise.workspace.saves()
    if not saves:
        return [
            f"Kata '{exercise.kata.id}' has no saved work yet. `swap` and `reset` save your work."
        ]
    return [
        f"Saved work of '{exercise.kata.id}', oldest first:",
        *(
            f"  {save.number}  {save.saved_at.astimezone():%Y-%m-%d %H:%M}  {save.reason}"
            for save in saves
        ),
        f"Next: {_command_restore(exercise, str(saves[-1].number))} brings the newest back.",
    ]


def _command_restore(exercise: Exercise, number: str) -> str:
    return exercise.write_command("reset", "--restore", number)


def add_swap_options(parser: argparse.ArgumentParser) -> None:
    """Add the kata and the direction."""
    add_kata_argument(parser)
    parser.add_argument("--back", action="store_true", help="return your own files")


def run_swap(arguments: argparse.Namespace) -> int:
    """Swap in or back, and say where the learner's own work is."""
    exercise = find_exercise(arguments.kata)
    sentences = _swap_back(exercise) if arguments.back else _swap_in(exercise)
    render_sentences(sentences, open_console())
    return ExitCode.PASSED


def _swap_in(exercise: Exercise) -> list[str]:
    before = exercise.workspace.saves()
    own = exercise.workspace.swap_in(exercise.kata.solution)
    return [
        f"'{exercise.app}' holds the solution now.",
        f"Your own files are {exercise.describe_save(own)}.",
        *_describe_edits(exercise, [*before, own]),
        f"Next: {exercise.write_command('swap', '--back')} returns them.",
    ]


def _swap_back(exercise: Exercise) -> list[str]:
    before = exercise.workspace.saves()
    own = exercise.workspace.swap_back()
    return [
        f"'{exercise.app}' holds your own files again, from save {own.number}.",
        *_describe_edits(exercise, before),
        f"Next: {exercise.write_command('check')} grades them.",
    ]


def _describe_edits(exercise: Exercise, known: list[Save]) -> list[str]:
    numbers = {save.number for save in known}
    edits = [save for save in exercise.workspace.saves() if save.number not in numbers]
    return [
        f"What you changed in the solution is {exercise.describe_save(each)}." for each in edits
    ]


PORTS = range(1, 65536)


def add_serve_options(parser: argparse.ArgumentParser) -> None:
    """Add the kata and the port."""
    add_kata_argument(parser)
    parser.add_argument("--port", type=int, default=8000, help="where to serve it")


def run_serve(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C; the other commands do not wait for what only this one needs."""
    from ..grader.fixtures import open_labs
    from ..learning.serving import ServedApp, serve

    exercise = find_exercise(arguments.kata)
    kata = exercise.kata
    notice = exercise.describe_swap()
    _require_app(exercise)
    _require_free_port(exercise, arguments.port)
    console = open_console()
    with open_labs(kata.file.labs) as lab_set:
        served = ServedApp(
            kata, arguments.port, lab_set, lambda line: render_sentences([line], console)
        )
        render_sentences(_introduce(kata, notice, served.environment), console)
        code = serve(served)
    render_sentences([f"{kata.id} has stopped."], console)
    return ExitCode.NOT_PASSED if code else ExitCode.PASSED


def _require_app(exercise: Exercise) -> None:
    module = exercise.kata.file.entrypoint.partition(":")[0].replace(".", "/")
    files = (f"{module}.py", f"{module}/__init__.py")
    if not any((exercise.kata.exercise / file).is_file() for file in files):
        raise UsageError(
            f"Kata '{exercise.kata.id}' has no app to serve: '{files[0]}' is missing. "
            f"{exercise.advise_recovery()}"
        )


def _require_free_port(exercise: Exercise, port: int) -> None:
    from ..learning.serving import is_free

    if port in PORTS and is_free(port):
        return
    problem = "is used by another program" if port in PORTS else "does not exist"
    free = next(filter(is_free, range(8000, PORTS.stop)))
    command = exercise.write_command("serve", "--port", str(free))
    raise UsageError(f"Port '{port}' {problem}. Run {command}.")


def _introduce(kata: Kata, notice: str | None, environment: Mapping[str, str]) -> list[str]:
    labs = [f"{name} is {url}" for name, url in environment.items()]
    return [
        f"{kata.id}: {kata.file.title}",
        *([f"Note: {notice}"] if notice else []),
        *labs,
        "Uvicorn runs the app. In `check` the app sees the same requests and connections.",
        "Stop with Ctrl-C.",
    ]
