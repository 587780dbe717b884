"""Checking: grade the katas that a call names, one after the other, and write the reports."""

import argparse
import difflib
import functools
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .catalogue import Catalogue, Kata, find_root
from .commandline import ExitCode, UsageError
from .grader.laboratory import open_laboratory
from .grader.sessions import run_criteria
from .grading import Options, UnknownCriterion, Workplace, grade
from .practice.desks import Desk
from .practice.progress import Progress
from .renderers.consoles import open_console
from .renderers.documents import render_json, render_junit, write_document
from .renderers.terminal import render_report
from .reports import Report, Status
from .submissions.staging import locate
from .wall.bases import Base
from .wall.folders import RunFolder, open_run_folder
from .wall.launches import ExecLauncher
from .wall.processes import adopt_orphans


def check(arguments: argparse.Namespace, launcher: ExecLauncher, folder: RunFolder) -> int:
    """Grade, report and remember; give the exit code of the worst result."""
    foreign = [arguments.solution, arguments.submission, arguments.case]
    if sum(map(bool, foreign)) > 1:
        raise UsageError(
            "Give only one of `--solution`, `--submission PATH` and `--case NAME`: "
            "each says what is to be graded."
        )
    if arguments.json == arguments.junit == "-":
        raise UsageError(
            "Only one of `--json` and `--junit` can be `-`. Name a file for the other."
        )
    root = find_root(Path.cwd())
    katas = Catalogue(root).select(arguments.katas)
    adopt_orphans()
    console = open_console()
    reports = []
    for number, kata in enumerate(katas):
        _refuse_absent(kata, arguments)
        own = not any(foreign)
        swap = Desk(kata).describe_swap() if own else None
        report = _check_one(kata, arguments, launcher, folder if number == 0 else None)
        if swap:
            report = report.model_copy(update={"notices": (*report.notices, swap)})
        elif own and not arguments.criterion:
            Progress(root).record(report)
        reports.append(report)
        if arguments.json != "-" and arguments.junit != "-":
            render_report(report, console, arguments.show)
            console.print() if kata is not katas[-1] else None
    _write_documents(reports, arguments)
    return _find_exit_code(reports)


def _check_one(
    kata: Kata, arguments: argparse.Namespace, launcher: ExecLauncher, folder: RunFolder | None
) -> Report:
    if folder is None:
        with open_run_folder() as own:
            return _check_one(kata, arguments, launcher, own)
    options = Options(only=arguments.criterion)
    if arguments.seed is not None:
        options = Options(arguments.seed, arguments.criterion)
    with tempfile.TemporaryDirectory(prefix="dojo-") as scratch:
        source = _find_source(kata, arguments, Path(scratch))
        base = Base(folder, launcher)
        try:
            with open_laboratory(kata.file.labs) as laboratory:
                run = functools.partial(run_criteria, kata.grader)
                return grade(kata, source, Workplace(base, laboratory, run), options)
        except UnknownCriterion as error:
            raise UsageError(str(error)) from None
        finally:
            base.close()


def _find_source(kata: Kata, arguments: argparse.Namespace, scratch: Path) -> Path:
    if arguments.solution:
        return kata.solution
    if arguments.submission:
        return locate(Path(arguments.submission), kata.id, scratch)
    if arguments.case:
        return _find_case(kata, arguments.case, scratch)
    return kata.exercise


def _refuse_absent(kata: Kata, arguments: argparse.Namespace) -> None:
    if (arguments.solution or arguments.case) and kata.file.hidden is not None:
        raise UsageError(
            f"The solution of '{kata.id}' and the submissions with a known verdict are not part of "
            f"a handout. Run `nox -s check -- {kata.number}` to grade your own work."
        )


def _find_case(kata: Kata, name: str, scratch: Path) -> Path:
    from .proof.cases import list_cases  # what only authors use, no learner waits for

    cases = {case.name: case for case in list_cases(kata, scratch)}
    if name not in cases:
        near = difflib.get_close_matches(name, cases, n=3) or list(cases)
        listed = " or ".join(f"'{each}'" for each in near)
        raise UsageError(f"Kata '{kata.id}' has no case '{name}'. Try `--case` with {listed}.")
    if cases[name].misfit:
        raise UsageError(f"'{name}' cannot be made: {cases[name].misfit}")
    return cases[name].source


def _write_documents(reports: Sequence[Report], arguments: argparse.Namespace) -> None:
    for target, render in ((arguments.json, render_json), (arguments.junit, render_junit)):
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
    found = {report.status for report in reports}
    if Status.GRADER_FAULT in found:
        return ExitCode.GRADER_FAULT
    return ExitCode.NOT_PASSED if Status.NOT_PASSED in found else ExitCode.PASSED
