"""Checking: grade the katas that a call names, one after the other, and write the reports."""

import difflib
import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..grader.fixtures import HostOpener, Workplace, open_labs
from ..grader.plugin import run_criteria
from ..harness.hosts import Host
from ..harness.processes import adopt_orphans
from ..harness.snapshot_process import ExecLauncher, open_snapshot
from ..harness.temporary_folders import RunFolder, open_run_folder, open_temporary_folder
from ..learning.exercises import Exercise, Progress
from ..model.catalogue import Catalogue, Kata, find_root
from ..model.errors import ExitCode, UsageError
from ..model.reports import Outcome, Report, Status
from ..model.staging import locate
from ..output.terminal import open_console, render_report
from ..runner.fork_server_launcher import ForkServerLauncher
from ..runner.grading import Job, Options, grade
from ..runner.sandbox import Mode

Starter = ForkServerLauncher | ExecLauncher
"""What starts the processes of a check."""

SERVED = (
    "This is no grade. Uvicorn serves the app at a free port of 127.0.0.1, and real clients ask it."
)


@dataclass(frozen=True)
class CheckCall:
    """What a call of `check` asks for."""

    katas: list[str]
    solution: bool
    submission: str | None
    case: str | None
    json: str | None
    junit: str | None
    seed: str | None
    criteria: list[str]
    server: bool
    mode: Mode
    notice: str | None
    show: str


def check(call: CheckCall, launcher: Starter, folder: RunFolder) -> int:
    """Grade, report and remember; give the exit code of the worst result."""
    foreign = [call.solution, call.submission, call.case]
    if sum(map(bool, foreign)) > 1:
        raise UsageError(
            "Give only one of `--solution`, `--submission PATH` and `--case NAME`: "
            "each says what is to be graded."
        )
    if call.json == call.junit == "-":
        raise UsageError(
            "Only one of `--json` and `--junit` can be `-`. Name a file for the other."
        )
    root = find_root(Path.cwd())
    katas = Catalogue(root).select(call.katas)
    if call.server:
        _require_apps(katas)
    adopt_orphans()
    console = open_console()
    reports = []
    for number, kata in enumerate(katas):
        _refuse_absent(kata, call)
        own = not any(foreign)
        swap = Exercise(kata).describe_swap() if own else None
        report = _check_one(kata, call, launcher, folder if number == 0 else None)
        notices = [each for each in (call.notice, swap) if each]
        if call.server:
            notices.insert(0, SERVED)
            report = report.model_copy(update={"server": True})
        report = report.model_copy(update={"notices": (*report.notices, *notices)})
        if own and not swap and not call.criteria and not call.server:
            Progress(root).record(report)
        reports.append(report)
        if call.json != "-" and call.junit != "-":
            render_report(report, console, call.show)
            console.print() if kata is not katas[-1] else None
    _write_documents(reports, call)
    return _find_exit_code(reports)


def _check_one(kata: Kata, call: CheckCall, launcher: Starter, folder: RunFolder | None) -> Report:
    if folder is None:
        with open_run_folder() as own:
            return _check_one(kata, call, launcher, own)
    options = Options(only=call.criteria, mode=call.mode)
    if call.seed is not None:
        options = replace(options, seed=call.seed)
    with open_temporary_folder() as scratch:
        source = _find_source(kata, call, scratch)
        with (
            open_snapshot(folder, launcher) as snapshot,
            open_labs(kata.file.labs, launcher.open_listener) as lab_set,
        ):
            keep = launcher.pids | {snapshot.pid}
            opener = _find_opener(call)
            workplace = Workplace(snapshot, options.seed, lab_set, keep=keep, open_host=opener)
            run = functools.partial(run_criteria, kata.grader)
            return grade(Job(kata, source, options), workplace, run)


def _find_opener(call: CheckCall) -> HostOpener:
    if not call.server:
        return Host.open
    from ..harness.server_connection import open_server

    return open_server


def _require_apps(katas: Sequence[Kata]) -> None:
    """Refuse katas without an app: a server would have nothing to serve."""
    for kata in katas:
        if kata.file.kind != "app":
            raise UsageError(
                f"`--server` needs an app, and '{kata.id}' asks for none. "
                "Name the katas, as in `nox -s check -- 03 --server`."
            )


def _find_source(kata: Kata, call: CheckCall, scratch: Path) -> Path:
    if call.solution:
        return kata.solution
    if call.submission:
        return locate(Path(call.submission), kata.id, scratch)
    if call.case:
        return _find_case(kata, call.case, scratch)
    return kata.exercise


def _refuse_absent(kata: Kata, call: CheckCall) -> None:
    if (call.solution or call.case) and kata.file.hidden is not None:
        raise UsageError(
            f"The solution of '{kata.id}' and the submissions with a known verdict are not part of "
            f"a handout. Run `nox -s check -- {kata.number}` to grade your own work."
        )


def _find_case(kata: Kata, name: str, scratch: Path) -> Path:
    from ..proof.cases import list_cases

    cases = {case.name: case for case in list_cases(kata, scratch)}
    if name not in cases:
        near = difflib.get_close_matches(name, cases, n=3) or list(cases)
        listed = " or ".join(f"'{each}'" for each in near)
        raise UsageError(f"Kata '{kata.id}' has no case '{name}'. Try `--case` with {listed}.")
    if cases[name].misfit:
        raise UsageError(f"'{name}' cannot be made: {cases[name].misfit}")
    return cases[name].source


def _write_documents(reports: Sequence[Report], call: CheckCall) -> None:
    if call.json is None and call.junit is None:
        return
    from ..output.documents import render_json, render_junit, write_document

    for target, render in ((call.json, render_json), (call.junit, render_junit)):
        if target is None:
            continue
        try:
            write_document(render(reports), target)
        except OSError as error:
            raise UsageError(
                f"The report cannot be written to '{target}': {error.strerror}. "
                "Name a file in a folder that exists."
            ) from None


def _find_exit_code(reports: Sequence[Report]) -> ExitCode:
    if any(report.status is Status.GRADER_FAULT for report in reports):
        return ExitCode.GRADER_FAULT
    return ExitCode.NOT_PASSED if any(map(_falls_short, reports)) else ExitCode.PASSED


def _falls_short(report: Report) -> bool:
    """Tell whether something did not pass; over a server, of what could be checked there."""
    outcomes = {each.outcome for each in report.criteria}
    if report.server:
        return not outcomes <= {Outcome.PASSED, Outcome.BLOCKED}
    return report.status is Status.NOT_PASSED
