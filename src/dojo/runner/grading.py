"""Grading: one submission of one kata in, one report out.

It brings together staging, the host, the criteria and the report. It prints nothing and decides
nothing about criteria.
"""

import contextlib
import difflib
import functools
import importlib.metadata
import platform
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from .. import __version__
from ..grader.fixtures import Workplace
from ..grader.plugin import Criterion, Grading, make_result
from ..grader.traffic import FILE_NAME as TRAFFIC
from ..harness.failures import GraderFault, SubmissionError
from ..harness.snapshot_process import ImportRequest, SnapshotProcess, open_snapshot
from ..harness.temporary_folders import open_run_folder, remove_tree
from ..model.catalogue import Kata
from ..model.errors import UsageError
from ..model.reports import CriterionResult, Environment, Fault, Finding, Outcome, Report
from ..model.staging import Staged, digest, stage
from .sandbox import Mode

FAULT_MESSAGE = (
    "The grader has an error. This is not an error in your work, and it costs no points."
)


_PROOF = {"submissions", "wrong.toml", "survivors.toml", "__pycache__"}
"""What of a grader's folder decides nothing about a submission."""

ENTRYPOINTS = {"artifact": "dojo.host.artifact_app:app", "suite": "dojo.host.suite_app:app"}
"""What a host serves for a kind of kata in place of the submission's own application."""


class UnknownCriterion(UsageError):
    """A criterion was asked for that the kata does not have; the message names those it has."""


@dataclass(frozen=True)
class Options:
    """How a submission is to be graded."""

    seed: str = field(default_factory=lambda: secrets.token_hex(4))
    only: Sequence[str] = ()
    fork: bool = True
    mode: Mode = Mode.BASIC
    """How the snapshot is isolated; a pool puts in how its workers really do it."""
    in_place: bool = False
    """Whether the submission is imported from its own folder: a debugger looks for its files."""


@dataclass(frozen=True)
class Job:
    """One submission of one kata, to be graded; the folder `source` holds its `app/`."""

    kata: Kata
    source: Path
    options: Options
    deadline: float | None = None
    """Seconds after which its worker is ended from outside; for ever if there are none."""
    fresh: bool = False
    """Whether it needs a worker that has graded nothing before."""


_MOST_LOCATIONS = 5

_REFUSAL = re.compile(r"\[Errno (1|13|30|38)\]")
"""EPERM, EACCES, EROFS and ENOSYS, as Python writes them."""

BREAKPOINT = (
    "The app calls a debugger, with `breakpoint()` or `pdb.set_trace()`. A check has no debugger, "
    "so that call ends the request with an error. Remove the call, or run "
    "`nox -s check -- {number} --debug` to stop there with a debugger."
)
"""What a learner is told who has left a call of a debugger in the app."""

_DEBUGGER = re.compile(r"\b(BreakpointReached|BdbQuit|breakpoint\(|set_trace\()")

ISOLATED = (
    "The app ran in isolation '{mode}'. There it can write only to its working folder, where "
    "`tempfile` writes too, and it cannot start other programs. To run it without isolation: "
    "`nox -s check -- {number} --isolation basic`."
)
"""What a learner is told whose app was refused something."""


def grade(job: Job, workplace: Workplace, run: Callable[[Grading], None]) -> Report:
    """Grade one submission; `run` runs the criteria of its kata."""
    kata, options, snapshot = job.kata, job.options, workplace.snapshot
    staged = stage(kata.stub, job.source, kata.file.editable, snapshot.folder.stage)
    environment = workplace.lab_set.make_environment(snapshot.folder.work)
    request = make_import_request(kata, environment, options.fork)
    snapshot.request_import(replace(request, root=job.source) if options.in_place else request)
    with offer_reference(kata, workplace, options) as workplace:
        grading = Grading(workplace, options.only)
        try:
            run(grading)
        finally:
            workplace.close_others()
            workplace.lab_set.close_database(snapshot.folder.work)
    if not grading.faults:
        refuse_unknown(kata, options.only, grading.names)
    return make_report(kata, staged, grading, options)


@contextlib.contextmanager
def offer_reference(kata: Kata, workplace: Workplace, options: Options) -> Iterator[Workplace]:
    """Let criteria ask the reference; where all of them will, its import begins at once.

    In `basic` it waits until it is asked: a submission could read its files meanwhile.
    """
    recorded = any(key.startswith(f"{options.seed}/") for key in workplace.recordings)
    is_late = recorded or options.only or options.mode is Mode.BASIC
    if is_late or not (kata.grader / TRAFFIC).is_file():
        yield replace(workplace, open_reference=lambda: open_reference(kata, workplace))
        return
    with begin_reference(kata, workplace) as reference:
        yield replace(
            workplace,
            keep=workplace.keep | {reference.pid},
            open_reference=lambda: contextlib.nullcontext(load_reference(reference)),
        )


@contextlib.contextmanager
def open_reference(kata: Kata, workplace: Workplace) -> Iterator[SnapshotProcess]:
    """Import the solution as a submission."""
    with begin_reference(kata, workplace) as reference:
        yield load_reference(reference)


@contextlib.contextmanager
def begin_reference(kata: Kata, workplace: Workplace) -> Iterator[SnapshotProcess]:
    """Begin to import the solution, in a folder whose files are gone at the end.

    The hosts of a submission have another folder, and reach this one in no mode but `basic`.
    """
    beside, launcher = workplace.snapshot.folder.root.parent, workplace.snapshot.launcher
    with open_run_folder(beside) as folder, open_snapshot(folder, launcher) as reference:
        stage(kata.stub, kata.solution, kata.file.editable, folder.stage)
        environment = workplace.lab_set.make_environment(folder.work)
        reference.request_import(make_import_request(kata, environment, fork=True))
        try:
            yield reference
        finally:
            workplace.lab_set.close_database(folder.work)


def load_reference(reference: SnapshotProcess) -> SnapshotProcess:
    """Wait until the solution is imported; its files are of no use then."""
    try:
        reference.load()
    except SubmissionError as error:
        raise GraderFault(f"The reference cannot be asked: {error}") from error
    if reference.forks:
        remove_tree(reference.folder.stage)
    return reference


STALLED_MESSAGE = (
    "The grader needed too much time to read the responses, so nothing could be checked. "
    "Send shorter and simpler responses."
)


def report_stalled(job: Job, target: Path, criteria: Sequence[Criterion]) -> Report:
    """Make the report of a grading that was ended while it computed; stages into `target`."""
    kata, options = job.kata, job.options
    staged = stage(kata.stub, job.source, kata.file.editable, target)
    grading = Grading(only=options.only)
    grading.criteria = [each for each in criteria if not options.only or each.name in options.only]
    finding = Finding(kind="limit", seen=STALLED_MESSAGE)
    grading.results = {
        each.name: make_result(each, Outcome.ERROR, finding) for each in grading.criteria
    }
    return make_report(kata, staged, grading, options)


def make_import_request(kata: Kata, environment: Mapping[str, str], fork: bool) -> ImportRequest:
    """Say what a snapshot has to import, and in which environment."""
    return ImportRequest(
        entrypoint=ENTRYPOINTS.get(kata.file.kind, kata.file.entrypoint),
        loggers=kata.file.loggers,
        environment={**kata.file.environment, **environment},
        fork=fork,
        processes=kata.file.processes,
    )


def refuse_unknown(kata: Kata, wanted: Sequence[str], names: Sequence[str]) -> None:
    """Raise `UnknownCriterion` for the first wanted name that is none of the kata's."""
    for name in wanted:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=3) or names
            listed = " or ".join(f"'{each}'" for each in near)
            raise UnknownCriterion(
                f"Kata '{kata.id}' has no criterion '{name}'. Try `--criterion` with {listed}."
            )


def make_report(kata: Kata, staged: Staged, grading: Grading, options: Options) -> Report:
    """Make the report of a run; without a result for every criterion it is a grader fault."""
    missing = [each.name for each in grading.criteria if each.name not in grading.results]
    faults = list(grading.faults)
    if missing and not faults:
        faults.append(f"Criteria without a result: {', '.join(missing)}.")
    if not grading.criteria and not faults:
        faults.append("The grader has no criteria.")
    fault = Fault(message=FAULT_MESSAGE, details="\n".join(faults)) if faults else None
    results: list[CriterionResult] = []
    if fault is None:
        results = [
            complete_result(kata, options.mode, grading.results[each.name])
            for each in grading.criteria
        ]
    return Report(
        kata=kata.id,
        title=kata.file.title,
        seed=options.seed,
        criteria=tuple(results),
        hidden=kata.file.hidden,
        notices=(*describe_staging(staged), *describe_breakpoints(kata, results)),
        fault=fault,
        environment=read_environment(kata, staged, options.mode),
    )


def complete_result(kata: Kata, mode: Mode, result: CriterionResult) -> CriterionResult:
    """Add the title that the README gives to the task, and what only the kata can tell."""
    title = kata.tasks.get(result.task, "")
    finding = result.finding and complete_finding(kata, mode, result.finding)
    return result.model_copy(update={"task_title": title, "finding": finding})


def complete_finding(kata: Kata, mode: Mode, finding: Finding) -> Finding:
    """Put lines that the learner can change first, and name the isolation where it refused."""
    given = set(_list_given(kata)) if finding.where else set()
    where = sorted(finding.where, key=lambda line: line.file in given)
    seen = finding.seen
    if mode is not Mode.BASIC and is_refusal(seen):
        seen += f"\n{ISOLATED.format(mode=mode.value, number=kata.number)}"
    return finding.model_copy(update={"where": tuple(where[:_MOST_LOCATIONS]), "seen": seen})


def describe_staging(staged: Staged) -> tuple[str, ...]:
    """Say what was done to the submission before it was graded."""
    changed = [
        f"You changed the given file '{name}'. The original file was graded. "
        "Put your changes into other files."
        for name in staged.changed_given
    ]
    missing = [f"File '{name}' is missing." for name in staged.missing]
    return (*changed, *missing)


def describe_breakpoints(kata: Kata, results: Sequence[CriterionResult]) -> tuple[str, ...]:
    """Say how to debug, if the app was ended by a call of a debugger."""
    findings = [each.finding for each in results if each.finding is not None]
    if any(map(_shows_debugger, findings)):
        return (BREAKPOINT.format(number=kata.number),)
    return ()


def _shows_debugger(finding: Finding) -> bool:
    texts = (finding.seen, *(line.code for line in finding.where[:1]))
    return any(map(_DEBUGGER.search, texts))


def read_environment(kata: Kata, staged: Staged, mode: Mode) -> Environment:
    """Read what a verdict depends on besides the submission."""
    return Environment(
        dojo=__version__,
        python=platform.python_version(),
        fastapi=read_version("fastapi"),
        platform=platform.system(),
        isolation=mode.value,
        grader_digest=digest_grader(kata),
        submission_digest=staged.digest,
    )


@functools.cache
def read_version(package: str) -> str:
    """Give the version of an installed package; it is looked up once."""
    return importlib.metadata.version(package)


def digest_grader(kata: Kata) -> str:
    """Give one SHA-256 over all that decides besides the submission, as names and contents.

    That is `kata.toml`, the given files, the grader without what only proves it, and the solution
    where drawn traffic goes to it.
    """
    parts = [each for each in kata.grader.iterdir() if each.name not in _PROOF]
    files = [path for part in parts for path in (part, *part.rglob("*"))]
    given = [kata.stub / file for file in _list_given(kata)]
    found = [*files, *given, kata.description / "kata.toml"]
    if any(part.name == TRAFFIC for part in parts):
        found += (kata.solution / "app").rglob("*")
    contents = {
        path.relative_to(kata.repository).as_posix(): path.read_bytes()
        for path in found
        if path.is_file() and path.suffix != ".pyc"
    }
    return digest(contents)


def is_refusal(text: str) -> bool:
    """Tell whether a text holds an error as the kernel gives it for what a profile refuses."""
    return _REFUSAL.search(text) is not None


def _list_given(kata: Kata) -> list[str]:
    """List what a submission cannot change, as paths relative to it."""
    paths = (path.relative_to(kata.stub).as_posix() for path in (kata.stub / "app").rglob("*"))
    return [path for path in paths if path not in kata.file.editable]
