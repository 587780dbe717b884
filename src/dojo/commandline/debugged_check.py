"""Debugging: grade one criterion while a debugger is attached to the app, without deadlines."""

import functools
import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from ..grader.fixtures import HostOpener, Workplace, open_labs
from ..grader.plugin import run_criteria
from ..harness.debugged_host import DebuggedHostOpener
from ..harness.hosts import Host
from ..harness.patience import suspend_deadlines
from ..harness.processes import adopt_orphans
from ..harness.snapshot_process import ExecLauncher, SnapshotProcess, open_snapshot
from ..harness.temporary_folders import open_run_folder
from ..host.debugging import ADDRESS
from ..learning.exercises import Exercise
from ..learning.serving import is_free
from ..model.catalogue import Catalogue, Kata, find_root
from ..model.errors import ExitCode, UsageError
from ..model.reports import Outcome, Report
from ..output.standpoints import Standpoint
from ..output.terminal import open_console, render_report, render_sentences
from ..runner.fork_server_launcher import ForkServerLauncher
from ..runner.grading import Job, Options, grade
from ..runner.sandbox import Mode

DEBUGGER = "debugpy"
NO_GRADE = "This is no grade: a debugger was attached, and no deadline counted."

Launcher = ForkServerLauncher | ExecLauncher


@dataclass(frozen=True)
class DebugCall:
    """What is to be debugged: one criterion of one kata, the first that fails if none is named."""

    katas: list[str]
    criteria: list[str]
    seed: str | None
    port: int


def debug(call: DebugCall, launcher: Launcher) -> int:
    """Choose the criterion, wait for a debugger, grade that criterion, and report it."""
    exercise = _find_exercise(call)
    _require_debugger(exercise)
    _require_free_port(exercise, call.port)
    adopt_orphans()
    options = Options(only=call.criteria, mode=Mode.BASIC, in_place=True)
    if call.seed is not None:
        options = replace(options, seed=call.seed)
    if not call.criteria:
        name = _choose_criterion(exercise, _grade(exercise.kata, options, launcher))
        options = replace(options, only=[name])
    console = open_console()
    with suspend_deadlines():
        report = _grade(exercise.kata, options, launcher, _Attachment(call.port, console))
    standpoint = Standpoint(folders=[exercise.kata.exercise], options=["--debug"])
    render_report(report.model_copy(update={"notices": (NO_GRADE,)}), console, "all", standpoint)
    return _find_exit_code(report)


def _find_exercise(call: DebugCall) -> Exercise:
    katas = Catalogue(find_root(Path.cwd())).select(call.katas)
    if len(katas) != 1 or len(call.criteria) > 1:
        raise UsageError(
            "`--debug` needs one kata and at most one criterion. "
            "Name the kata, as in `nox -s check -- 03 --debug`."
        )
    if katas[0].file.kind != "app":
        raise UsageError(
            f"`--debug` needs an app, and '{katas[0].id}' has none. "
            f"Run `nox -s check -- {katas[0].number}` to see what is missing."
        )
    return Exercise(katas[0])


def _require_debugger(exercise: Exercise) -> None:
    if importlib.util.find_spec(DEBUGGER) is None:
        raise UsageError(
            f"The debugger '{DEBUGGER}' is not installed here. "
            f"Run {exercise.write_command('check', '--debug')}: that installs it."
        )


def _require_free_port(exercise: Exercise, port: int) -> None:
    if not is_free(port):
        another = exercise.write_command("check", "--debug", "--debug-port", str(port + 1))
        raise UsageError(
            f"Port '{port}' is used by another program, perhaps by a check that still waits for a "
            f"debugger. End that one, or run {another}."
        )


def _choose_criterion(exercise: Exercise, report: Report) -> str:
    """Choose the first criterion that fails by itself; the run before it was without a debugger."""
    failed = [each for each in report.criteria if each.outcome in (Outcome.FAILED, Outcome.ERROR)]
    if report.fault is None and failed:
        return min(failed, key=lambda each: each.task).name
    command = exercise.write_command("check", "--debug", "--criterion", "NAME")
    raise UsageError(
        f"No criterion of '{exercise.kata.id}' fails, so there is nothing to debug. "
        f"Run {command} to debug one that passes."
    )


@dataclass(frozen=True)
class _Attachment:
    """Where a debugger attaches, and where that is said."""

    port: int
    console: Console

    def make_opener(self, snapshot: SnapshotProcess) -> HostOpener:
        return DebuggedHostOpener(snapshot, self.port, self._announce)

    def _announce(self) -> None:
        sentences = [
            f"The app waits for a debugger at {ADDRESS}:{self.port}. Set a breakpoint, then attach "
            "your editor; in VS Code with 'Run and Debug'. The criterion begins when it is "
            "attached, and no deadline counts. Stop with Ctrl-C.",
        ]
        render_sentences(sentences, self.console)


def _grade(
    kata: Kata, options: Options, launcher: Launcher, attachment: _Attachment | None = None
) -> Report:
    with (
        open_run_folder() as folder,
        open_snapshot(folder, launcher) as snapshot,
        open_labs(kata.file.labs, launcher.open_listener) as lab_set,
    ):
        keep = launcher.pids | {snapshot.pid}
        opener = attachment.make_opener(snapshot) if attachment else Host.open
        workplace = Workplace(snapshot, options.seed, lab_set, keep=keep, open_host=opener)
        job = Job(kata, kata.exercise, options)
        return grade(job, workplace, functools.partial(run_criteria, kata.grader))


def _find_exit_code(report: Report) -> ExitCode:
    if report.fault is not None:
        return ExitCode.GRADER_FAULT
    is_passed = all(each.outcome is Outcome.PASSED for each in report.criteria)
    return ExitCode.PASSED if is_passed else ExitCode.NOT_PASSED
