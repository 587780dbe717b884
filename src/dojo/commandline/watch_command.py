"""The command `watch`: grade a kata at every save, and show the first failure at once.

With a terminal single keys run the other commands, each in a process of its own; in a pipe it is a
plain loop. Nothing that was written is ever cleared.
"""

import argparse
import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL
from datetime import datetime
from pathlib import Path

from rich.console import Console

from ..harness.failures import GraderFault
from ..learning.exercises import Exercise, find_exercise, read_tasks
from ..learning.last_checks import LastChecks
from ..learning.recommendations import recommend
from ..model.catalogue import Catalogue, find_root, name_kata
from ..model.errors import ExitCode, UsageError
from ..model.fault_files import describe_fault_file, keep_fault
from ..model.reports import CriterionResult, Report, Status
from ..output.standpoints import Standpoint
from ..output.terminal import open_console, render_sentences
from ..output.watch_pages import (
    KEYS,
    render_begin,
    render_commands,
    render_criterion,
    render_keys,
    render_pass,
    render_start,
    render_ungradable,
    render_verdict,
)
from ..runner.live_grading import LiveGrading, Result
from ..runner.pool import NotGradable
from ..runner.sandbox import Mode, choose_own_mode, forget
from .check_command import UNCONFINED
from .keyboard import has_terminal, read_keys

_AGAIN = "\r\n "
"""Enter and space: grade once more."""

Event = Result | Exception | str | None
"""What a watch waits for: a result, its own end, a key, or that a grading has begun."""


def add_watch_options(parser: argparse.ArgumentParser) -> None:
    """Add the kata."""
    help_text = "id, number or name; without one that of this folder, or the next one"
    parser.add_argument("kata", nargs="?", metavar="KATA", help=help_text)


def run_watch(arguments: argparse.Namespace) -> int:
    """Watch one kata after the other until the learner has enough."""
    if not hasattr(os, "fork"):
        raise UsageError(
            "'watch' needs Linux or macOS. Run `nox -s check` after a save instead, "
            "or use WSL, where 'watch' works."
        )
    name = arguments.kata or name_kata(Path.cwd())
    exercise = find_exercise(name) if name else _find_begun()
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_watch(exercise, open_console()))
        return ExitCode.PASSED
    raise KeyboardInterrupt  # a signal has asked for the end


def _find_begun() -> Exercise:
    exercise = _suggest_other(None)
    if exercise is None:
        raise UsageError("Every kata is passed. Name one, as in `nox -s watch -- 03`.")
    return exercise


def _suggest_other(current: Exercise | None) -> Exercise | None:
    """Suggest what to do after the current kata; nothing if there is nothing left."""
    katas = Catalogue(find_root(Path.cwd())).katas
    following = recommend([each for each in katas if current is None or each != current.kata])
    return following.exercise if following else None


async def _watch(exercise: Exercise, console: Console) -> None:
    has_keys = has_terminal()
    mode = choose_own_mode()
    following: Exercise | None = exercise
    while following is not None:
        watch = Watch(following, mode, console, has_keys=has_keys)
        with read_keys(watch.events.put_nowait) if has_keys else contextlib.nullcontext():
            following = await watch.run()


class Watch:
    """The watch over one kata: what was found last, and what a key does."""

    def __init__(self, exercise: Exercise, mode: Mode, console: Console, *, has_keys: bool) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self._exercise = exercise
        self._mode = mode
        self._console = console
        self._has_keys = has_keys
        self._report: Report | None = None
        self._focus: CriterionResult | None = None
        self._is_resetting = False

    async def run(self) -> Exercise | None:
        """Grade and answer keys; give the kata to go on with, or nothing."""
        render_start(self._exercise, self._console)
        async with LiveGrading(
            self._exercise.kata,
            self._mode,
            lambda: self.events.put_nowait(None),
            self.events.put_nowait,
        ) as live:
            running = asyncio.create_task(live.run())
            running.add_done_callback(self._tell_end)
            try:
                return await self._answer_events(live)
            finally:
                running.cancel()

    def _tell_end(self, running: "asyncio.Task[None]") -> None:
        if not running.cancelled() and (error := running.exception()):
            assert isinstance(error, Exception)
            self.events.put_nowait(error)

    async def _answer_events(self, live: LiveGrading) -> Exercise | None:
        """Take one event after the other, so that no text comes in between another."""
        while True:
            match await self.events.get():
                case None:
                    render_begin(self._exercise, datetime.now(), self._console)
                case Report() as report:
                    self._show(report)
                case GraderFault() as fault:
                    self._show_fault(fault)
                case Exception() as error:
                    raise error
                case "q":
                    return None
                case "k" if following := _suggest_other(self._exercise):
                    return following
                case str() as key:
                    await self._press(key, live)

    def _show(self, report: Report) -> None:
        exercise, console = self._exercise, self._console
        swap = exercise.describe_swap()
        forgotten = None if swap else exercise.progress.record(report)
        confinement = UNCONFINED if self._mode is Mode.BASIC else None
        notices = [each for each in (self._find_lost(), confinement, swap, forgotten) if each]
        self._report = report.model_copy(update={"notices": (*report.notices, *notices)})
        self._focus = next(iter(report.list_open()), None)
        if not swap:
            LastChecks(exercise.kata.root).record(report)
        render_verdict(self._report, self._focus, self._find_standpoint(), console)
        if report.status in (Status.PASSED, Status.PUBLIC_PASSED) and not swap:
            render_pass(exercise, self._offer_next(), console)
        self._show_keys()

    def _find_lost(self) -> str | None:
        """Say how to get files back that are missing."""
        kata = self._exercise.kata
        if all((kata.exercise / file).exists() for file in kata.file.editable):
            return None
        return self._exercise.advise_recovery()

    def _find_standpoint(self) -> Standpoint:
        kata, fault = self._exercise.kata, ""
        if self._report is not None and self._report.fault is not None:
            fault = describe_fault_file(keep_fault(f"watch {kata.id}", self._report.fault.details))
        return Standpoint(folders=[kata.exercise, kata.stub], fault=fault)

    def _offer_next(self) -> str:
        following = _suggest_other(self._exercise)
        if following is None:
            return ""
        how = "Press k" if self._has_keys else f"Run {following.write_command('watch')}"
        return f"{how} to go on with {following.kata.id}: {following.kata.file.title}."

    def _show_fault(self, fault: GraderFault) -> None:
        if not isinstance(fault, NotGradable):  # perhaps the isolation holds no more
            forget()
        folder = self._exercise.kata.exercise / "app"
        message = (
            str(fault) if folder.is_dir() else f"The folder '{self._exercise.app}' is missing."
        )
        render_ungradable(message, self._find_lost(), self._console)
        self._show_keys()

    def _show_keys(self) -> None:
        if self._has_keys:
            render_keys(list(KEYS.items()), self._console)
        elif self._report is not None:
            render_commands(self._exercise, self._report, self._console)

    async def _press(self, key: str, live: LiveGrading) -> None:
        was_resetting, self._is_resetting = self._is_resetting, False
        match key:
            case "h":
                await self._call("hint", *self._name_task())
            case "f":
                self._show_next_failure()
            case "t":
                await self._call("trace", *self._name_criterion())
            case "n":
                await self._call("notes")
            case "l":
                await self._run("list")
            case "k":
                self._say("Every other kata is passed.")
            case "r" if was_resetting:
                await self._call("reset")
            case "r":
                self._is_resetting = True
                self._say(
                    f"Press r again to put the stub into '{self._exercise.app}'. "
                    "Your files are saved first."
                )
            case _ if key in _AGAIN:
                await live.grade()
            case _:
                self._show_keys()

    def _show_next_failure(self) -> None:
        if self._report is None or self._focus is None:
            self._say("There is no failure.")
            return
        failures = self._report.list_open()
        position = failures.index(self._focus) + 1
        self._focus = failures[position % len(failures)]
        render_criterion(self._report, self._focus, self._find_standpoint(), self._console)
        self._say(f"Failure {position % len(failures) + 1} of {len(failures)}.")

    def _name_task(self) -> list[str]:
        tasks = read_tasks(self._exercise.kata.description / "HINTS.md")
        wanted = self._focus.task if self._focus is not None else None
        return ["--task", str(wanted)] if wanted in [each.number for each in tasks] else []

    def _name_criterion(self) -> list[str]:
        return ["--criterion", self._focus.name] if self._focus is not None else []

    async def _call(self, command: str, *options: str) -> None:
        await self._run(command, self._exercise.kata.number, *options)

    async def _run(self, *arguments: str) -> None:
        """Run another command; it writes to the terminal itself and reads no keys."""
        self._console.print()
        program = (sys.executable, "-m", "dojo", *arguments)
        process = await asyncio.create_subprocess_exec(*program, stdin=DEVNULL)
        await process.wait()

    def _say(self, sentence: str) -> None:
        render_sentences([sentence], self._console)
