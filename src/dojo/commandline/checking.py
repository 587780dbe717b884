"""Checking: grade the katas that a call names, one after the other, and write the reports."""

import difflib
import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from ..grader.fixtures import HostOpener, Workplace, open_labs
from ..grader.plugin import run_criteria
from ..harness.hosts import Host
from ..harness.processes import adopt_orphans
from ..harness.snapshot_process import ExecLauncher, open_snapshot
from ..harness.temporary_folders import RunFolder, open_run_folder, open_temporary_folder
from ..host.fork_server import collect_ended
from ..learning.exercises import Exercise, Progress
from ..learning.last_checks import LastChecks
from ..model.catalogue import Catalogue, Kata, find_root
from ..model.errors import ExitCode, UsageError
from ..model.fault_files import keep_grader_fault
from ..model.reports import Outcome, Report, Status
from ..model.staging import locate
from ..output.standpoints import Standpoint
from ..output.summary import render_line, render_total
from ..output.terminal import open_console, render_report, render_sentences
from ..runner.fork_server_launcher import ForkServerLauncher
from ..runner.grading import Job, Options, grade
from ..runner.sandbox import Mode

if TYPE_CHECKING:
    from ..harness.postgresql import Cluster

Starter = ForkServerLauncher | ExecLauncher
"""What starts the processes of a check."""

SERVED = (
    "This is not a grade. Uvicorn runs the app on a free port of 127.0.0.1, "
    "and real clients send the requests."
)


ON_POSTGRESQL = "This run used PostgreSQL. Your progress counts what passes with SQLite."


@dataclass(frozen=True)
class Source:
    """What a call names to be graded in place of the learner's own work, if anything."""

    solution: bool
    submission: str | None
    case: str | None

    @property
    def is_own(self) -> bool:
        """Tell whether it names nothing; `UsageError` if it names more than one thing."""
        foreign = [self.solution, self.submission, self.case]
        if sum(map(bool, foreign)) > 1:
            raise UsageError(
                "Give only one of `--solution`, `--submission PATH` and `--case NAME`. "
                "Each of them says what to grade."
            )
        return not any(foreign)


@dataclass(frozen=True)
class CheckCall(Source):
    """What a call of `check` asks for."""

    katas: list[str]
    json: str | None
    junit: str | None
    seed: str | None
    criteria: list[str]
    server: bool
    mode: Mode
    notice: str | None
    show: str | None
    cluster: "Cluster | None" = None


def check(call: CheckCall, launcher: Starter, folder: RunFolder) -> int:
    """Grade, report and remember; give the exit code of the worst result."""
    own = _find_own(call)
    root = find_root(Path.cwd())
    katas = Catalogue(root).select(call.katas)
    if call.server:
        _require_apps(katas)
    adopt_orphans()
    console = open_console()
    is_quiet = "-" in (call.json, call.junit)
    is_summary = call.show is None and len(katas) > 1
    graded = []
    for number, kata in enumerate(katas):
        refuse_absent(kata, call)
        exercise = Exercise(kata)
        swap = exercise.describe_swap() if own else None
        lost = _find_lost(exercise) if own else None
        report = _check_one(kata, call, launcher, folder if number == 0 else None)
        collect_ended()  # or their numbers would count towards the limit of processes
        notices = [each for each in (lost, call.notice, swap) if each]
        if call.server:
            notices.insert(0, SERVED)
            report = report.model_copy(update={"server": True})
        if call.cluster:
            notices.insert(0, ON_POSTGRESQL)
        if own and not swap and not call.criteria and not call.server and not call.cluster:
            notices += filter(None, [Progress(root).record(report)])
        if own and not call.server and not call.cluster:
            LastChecks(root).record(report)
        report = report.model_copy(update={"notices": (*report.notices, *notices)})
        standpoint = replace(
            _find_standpoint(exercise, call),
            fault=keep_grader_fault(report),
            trace=_list_trace_options(kata, call, report),
        )
        graded.append((report, standpoint))
        if is_summary and not is_quiet:
            render_line(report, console)
        elif not is_quiet:
            render_report(report, console, call.show or "all", standpoint)
            console.print() if kata is not katas[-1] else None
    reports = [report for report, _ in graded]
    if is_summary and not is_quiet:
        render_total(graded, console)
    if own and not is_quiet:
        _render_next(root, reports, console)
    _write_documents(reports, call)
    return _find_exit_code(reports)


def _find_own(call: CheckCall) -> bool:
    """Tell whether the learner's own work is graded; refuse a call that can be read in two ways."""
    if call.json == call.junit == "-":
        raise UsageError(
            "Only one of `--json` and `--junit` can be `-`. Give the other one a file name."
        )
    return call.is_own


def _render_next(root: Path, reports: Sequence[Report], console: Console) -> None:
    """Name the kata to do next, if all that was checked is passed now."""
    progress = Progress(root)
    if not all(_is_done(report, progress) for report in reports):
        return
    from ..learning.recommendations import recommend  # most checks do not get here

    following = recommend(Catalogue(root).katas)
    if following is not None:
        sentences = [
            f"Next kata: {following.exercise.describe()}.",
            "`nox -s next` says why, and how to begin.",
        ]
        render_sentences(sentences, console)


def _is_done(report: Report, progress: Progress) -> bool:
    return report.status is Status.PASSED and progress.read(report.kata).is_done


def _check_one(kata: Kata, call: CheckCall, launcher: Starter, folder: RunFolder | None) -> Report:
    if folder is None:
        with open_run_folder() as own:
            return _check_one(kata, call, launcher, own)
    options = Options(only=call.criteria, mode=call.mode)
    if call.seed is not None:
        options = replace(options, seed=call.seed)
    with open_temporary_folder() as scratch:
        source = find_source(kata, call, scratch)
        with (
            open_snapshot(folder, launcher) as snapshot,
            open_labs(kata.file.labs, launcher.open_listener, call.cluster) as lab_set,
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
                f"`--server` needs an app, and '{kata.id}' has no app. "
                "Name a kata that has one, as in `nox -s check -- 03 --server`."
            )


def find_source(kata: Kata, call: Source, scratch: Path) -> Path:
    """Give the folder that holds the `app/` to be graded."""
    if call.solution:
        return kata.solution
    if call.submission:
        return locate(Path(call.submission), kata.id, scratch)
    if call.case:
        return _find_case(kata, call.case, scratch)
    return kata.exercise


def refuse_absent(kata: Kata, call: Source) -> None:
    """Refuse, in a handout, what only the instructor has."""
    if (call.solution or call.case) and kata.file.hidden is not None:
        raise UsageError(
            f"A handout does not contain the solution of '{kata.id}' or answers with a known "
            f"verdict. Run `nox -s check -- {kata.number}` to grade your own work."
        )


def _find_case(kata: Kata, name: str, scratch: Path) -> Path:
    from ..proof.cases import list_cases

    cases = {case.name: case for case in list_cases(kata, scratch)}
    if name not in cases:
        near = difflib.get_close_matches(name, cases, n=3) or list(cases)
        listed = " or ".join(f"'{each}'" for each in near)
        raise UsageError(f"Kata '{kata.id}' has no case '{name}'. Try `--case` with {listed}.")
    if cases[name].misfit:
        raise UsageError(f"Case '{name}' cannot be built: {cases[name].misfit}")
    return cases[name].source


def _find_lost(exercise: Exercise) -> str | None:
    """Say how to get back files that are missing; without any file there is nothing to grade."""
    folder = exercise.kata.exercise
    if not (folder / "app").is_dir():
        raise UsageError(f"The folder '{exercise.app}' is missing. {exercise.advise_recovery()}")
    if all((folder / file).exists() for file in exercise.kata.file.editable):
        return None
    return exercise.advise_recovery()


def _find_standpoint(exercise: Exercise, call: CheckCall) -> Standpoint:
    """Say where the graded files are, and what can be done after a pass."""
    kata = exercise.kata
    own = call.is_own
    return Standpoint(
        folders=find_folders(kata, call),
        options=_list_options(call),
        is_own=own,
        following=_find_following(exercise, call, own=own),
    )


def find_folders(kata: Kata, call: Source) -> Sequence[Path]:
    """Give the folders in which a reader finds the graded files; none if they are not kept."""
    folders = [kata.exercise] if call.is_own else [kata.solution] if call.solution else []
    if call.submission and Path(call.submission).is_dir():
        folders = [locate(Path(call.submission), kata.id, kata.root)]
    return [*folders, kata.stub] if folders else ()


def _find_following(exercise: Exercise, call: CheckCall, *, own: bool) -> str:
    """Say what to do after a pass that did not open the notes; nothing where they are open."""
    if not own:
        return f"{exercise.write_command('check')} grades your own work."
    if exercise.workspace.swapped:
        return f"{exercise.write_command('swap', '--back')} returns your own files."
    if call.criteria and exercise.progress.read(exercise.kata.id).passed_at is None:
        return f"{exercise.write_command('check')} checks every criterion."
    return ""


def _list_options(call: CheckCall) -> list[str]:
    """Write the options that decide what is graded and how, as they were given."""
    valued = [("--submission", call.submission), ("--case", call.case)]
    valued += [("--database", "postgresql" if call.cluster else None)]
    valued += [("--criterion", each) for each in call.criteria]
    options = [word for name, value in valued if value for word in (name, value)]
    flags = [("--solution", call.solution), ("--server", call.server)]
    options += [name for name, is_given in flags if is_given]
    is_basic = call.mode is Mode.BASIC and call.notice is None
    return [*options, *(["--isolation", "basic"] if is_basic else [])]


def _list_trace_options(kata: Kata, call: CheckCall, report: Report) -> list[str] | None:
    """Write the options with which `trace` looks at the same run; one's own is remembered."""
    if kata.file.kind != "app" or call.server or call.cluster:
        return None
    options = _list_options(replace(call, criteria=[]))
    return options if call.is_own else [*options, "--seed", report.seed]


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
