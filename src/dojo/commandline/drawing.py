"""Drawing: choose the criterion that a call of `trace` is about, grade it again, and draw it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ..harness.processes import adopt_orphans
from ..harness.temporary_folders import RunFolder, open_temporary_folder
from ..learning.last_checks import LastCheck, LastChecks
from ..model.catalogue import Catalogue, Kata, find_root
from ..model.errors import ExitCode, UsageError
from ..model.fault_files import keep_grader_fault
from ..model.reports import CriterionResult, Outcome, Report
from ..model.traces import Trace
from ..output.documents import write_document
from ..output.standpoints import Standpoint
from ..output.terminal import open_console, render_report
from ..output.trace_text import render_trace
from ..runner.grading import Job, Options
from ..runner.sandbox import Mode
from ..runner.tracing import trace
from .checking import Source, Starter, find_folders, find_source, refuse_absent


@dataclass(frozen=True)
class TraceCall(Source):
    """What a call of `trace` asks for."""

    kata: str
    criterion: str | None
    html: str | None
    everything: bool
    seed: str | None
    mode: Mode


def draw(call: TraceCall, launcher: Starter, folder: RunFolder) -> int:
    """Grade again and draw one criterion, in the terminal or on a page."""
    root = find_root(Path.cwd())
    kata = Catalogue(root).find(call.kata)
    _require_events(kata)
    refuse_absent(kata, call)
    last = None if not call.is_own or call.seed is not None else LastChecks(root).read(kata.id)
    adopt_orphans()
    name = call.criterion or _choose_before(kata, last)
    options = Options(only=(name,) if name else (), mode=call.mode)
    seed = call.seed or (last.seed if last is not None else options.seed)
    with open_temporary_folder() as scratch:
        job = Job(kata, find_source(kata, call, scratch), replace(options, seed=seed))
        run = trace(job, launcher, folder)
    console = open_console()
    if run.report.fault is not None:
        standpoint = Standpoint(fault=keep_grader_fault(run.report))
        render_report(run.report, console, standpoint=standpoint)
        return ExitCode.GRADER_FAULT
    result = _choose_after(run.report)
    drawn = Trace(
        kata=kata.id,
        title=kata.file.title,
        seed=seed,
        result=result,
        moments=run.moments[result.name],
        notices=[*run.report.notices, *_describe_run(run.report, result, last, call)],
    )
    if call.html is None:
        standpoint = Standpoint(folders=find_folders(kata, call))
        render_trace(drawn, console, everything=call.everything, locate=standpoint.locate)
    else:
        _write_page(drawn, call.html)
    return ExitCode.PASSED


def _require_events(kata: Kata) -> None:
    """Refuse katas in which what happens is the answer itself."""
    if kata.file.kind != "app":
        raise UsageError(
            f"Kata '{kata.id}' has no app that is asked, so there is no trace of it. "
            f"Run `nox -s check -- {kata.number}`: its report says what was seen."
        )


def _choose_before(kata: Kata, last: LastCheck | None) -> str | None:
    """Name the first criterion that failed at the last check; nothing if there was none."""
    if last is None:
        return None
    if last.first_failed is None:
        raise _refuse_passed(kata.id, kata.number, last.outcomes)
    return last.first_failed


def _choose_after(report: Report) -> CriterionResult:
    """Give the criterion that was asked for, or else the first that failed."""
    if len(report.criteria) == 1:
        return report.criteria[0]
    by_task = sorted(report.criteria, key=lambda each: each.task)
    for result in by_task:
        if result.outcome in (Outcome.FAILED, Outcome.ERROR):
            return result
    number = report.kata.partition("_")[0]
    raise _refuse_passed(report.kata, number, [each.name for each in by_task])


def _refuse_passed(kata: str, number: str, names: Iterable[str]) -> UsageError:
    first = next(iter(names))
    return UsageError(
        f"Every criterion of '{kata}' passed. To draw one of them, name it: "
        f"`nox -s trace -- {number} --criterion {first}`."
    )


def _describe_run(
    report: Report, result: CriterionResult, last: LastCheck | None, call: TraceCall
) -> list[str]:
    """Say how this run stands to the last check."""
    if not call.is_own or call.seed is not None:
        return [f"The inputs are those of seed {report.seed}."]
    if last is None:
        return [f"There was no check before. The inputs are drawn anew, with seed {report.seed}."]
    if not LastCheck.of(report).is_like(last):
        return [
            "Your files, or the grader, have changed since the last check. This is what happens "
            f"now, with the inputs of that check (seed {report.seed})."
        ]
    before = last.outcomes.get(result.name, result.outcome)
    same = f"This is the last check once more: the same files and inputs (seed {report.seed})."
    if before is result.outcome:
        return [same]
    return [
        f"{same} At that check the criterion was '{before}', now it is '{result.outcome}': "
        "the order of events differs from run to run. Run the trace again to see another one."
    ]


def _write_page(drawn: Trace, target: str) -> None:
    from ..output.trace_page import write_page

    try:
        write_document(write_page(drawn), target)
    except OSError as error:
        raise UsageError(
            f"The page cannot be written to '{target}': {error.strerror}. "
            "Name a file in a folder that exists."
        ) from None
    if target != "-":
        open_console().print(f"The trace is in '{target}'. Open it in a browser.", soft_wrap=True)
