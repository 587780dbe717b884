"""The instructor's commands `handout`, `gradescope`, `regrade`, `doctor`, and a call of grading.

They bring grading and renderers together. A run is gone on with only as it was begun, so that all
of its results may be compared.
"""

import argparse
import shlex
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console

from ..harness.failures import GraderFault
from ..model.catalogue import Catalogue, find_root
from ..model.errors import ExitCode, UsageError
from ..model.file_trees import write_files
from ..output.documents import (
    JunitFile,
    open_junit,
    render_gradescope,
    write_gradebook,
)
from ..output.instructor_pages import (
    open_progress,
    render_changes,
    render_choice,
    render_examination,
    render_shaken,
    render_start,
    render_stop,
    render_summary,
)
from ..output.site import Site
from ..output.statistics_tables import write_statistics
from ..output.terminal import open_console, render_sentences
from ..runner.cohort_grading import (
    CohortGrading,
    Plan,
    Tally,
    describe_katas,
    get_environment,
    grade_references,
)
from ..runner.cohort_records import (
    LOCK_FILE,
    SETTINGS,
    Records,
    Result,
    ResultStatus,
    Run,
    RunStopped,
    name_folder,
)
from ..runner.cohort_tasks import open_workforce
from ..runner.sandbox import Mode, advise, choose_mode, examine
from ..teaching.cohort_statistics import KnownMistakes, compute_statistics, read_known_mistakes
from ..teaching.gradebooks import Row, compare_results, compare_runs, group_rows, make_row
from ..teaching.grading_plans import GradingRequest, make_plan
from ..teaching.handouts import make_bundle, make_handout
from ..teaching.marks import Mark, mark, refuse_strange
from ..teaching.overrides import OVERRIDES_FILE, Overrides, carry_over, list_shaken
from ..teaching.public_criteria import choose_public, count_criteria


def write_outputs(
    run: Run,
    results: Callable[[], Iterable[Result]],
    folder: Path,
    known: Mapping[str, KnownMistakes] | None = None,
) -> None:
    """Write `grades.csv`, `statistics.csv`, `junit.xml`, `site/` and `gradescope/` into a folder.

    The results of one student have to come one after another. They are read once and not kept.
    What was decided by hand is read from the folder.
    """
    overrides = Overrides.read(folder)
    site = Site(run, folder / "site")
    rows: list[Row] = []
    with open_junit(folder / "junit.xml") as junit:
        for _, of_student in groupby(results(), key=lambda result: result.student):
            results_and_marks = [(each, mark(each, run, overrides)) for each in of_student]
            rows += _write_student(run, results_and_marks, junit, site, folder / "gradescope")
    katas = group_rows(run, rows)
    write_gradebook(katas, folder / "grades.csv")
    site.write_overview(katas)
    found = [(each, compute_statistics(each, (known or {}).get(each.kata.id))) for each in katas]
    write_statistics(found, folder / "statistics.csv")
    for group, statistics in found:
        site.write_kata(group, statistics)


def _write_student(
    run: Run,
    marked: list[tuple[Result, Mark]],
    junit: JunitFile,
    site: Site,
    gradescope: Path,
) -> list[Row]:
    results = [result for result, _ in marked]
    for result in results:
        junit.write(result)
    site.write_student(results, [each for _, each in marked])
    if any(each.status is not ResultStatus.MISSING for each in results):
        target = gradescope / name_folder(results[0].student) / "results.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        public = {kata.id: kata.public for kata in run.katas}
        target.write_text(render_gradescope(results, public), "utf-8")
    katas = {kata.id: kata for kata in run.katas}
    return [make_row(result, run, katas[result.kata], each) for result, each in marked]


SAME = {
    "submissions": "submissions",
    **SETTINGS,
    "katas": "katas or graders",
    "attempt": "attempts that count",
}
"""What a run has to have been begun with, to be gone on with, and how it is called."""


@dataclass(frozen=True)
class Call:
    """One call of `grade`, or of `regrade`, which differs in how it is gone on with."""

    request: GradingRequest
    records: Records
    console: Console
    command: str
    """The command that goes on with it."""
    again: Records | None = None
    """The earlier run that is graded again."""

    def grade(self) -> ExitCode:
        """Grade, write the outputs and say what came of it."""
        earlier = self._read_earlier()
        plan = make_plan(self.request, self.records, earlier)
        tally = Tally(plan.total)
        if earlier is not None:
            self._refuse_difference(earlier, plan.settings)
        with self.records.lock():
            if self.again is not None:
                carry_over(self.again.folder, self.records.folder)
            self._grade(plan, earlier, tally)
            run = self.records.read_run()
            known = {kata.id: read_known_mistakes(kata) for kata in plan.katas}
            folder = self.records.folder
            write_outputs(run, lambda: list_results(plan, self.records), folder, known)
        render_summary(tally, self.records.folder, self.console)
        faults = tally.counts[ResultStatus.GRADER_FAULT]
        return ExitCode.GRADER_FAULT if faults else ExitCode.PASSED

    def _grade(self, plan: Plan, earlier: Run | None, tally: Tally) -> None:
        address, jobs = self.request.executor, self.request.jobs
        with open_workforce(address, jobs, plan.mode) as workforce:
            references = grade_references(plan, workforce.executor)
            katas = describe_katas(plan, references)
            refuse_strange(plan.marking, katas)
            overrides = Overrides.read(self.records.folder)
            overrides.refuse_strange(katas, {student.name for student in plan.students})
            run = plan.begin(katas, get_environment(references.values()))
            if earlier is not None:
                self._refuse_difference(earlier, dict(run))
                run = run.model_copy(update={"started": earlier.started})
            self.records.write_run(run)
            render_start(run, self.console)
            render_sentences(plan.notices, self.console)
            with open_progress(tally, self.console) as tell:
                CohortGrading(plan, self.records, references, tally, tell).run(workforce)

    def _read_earlier(self) -> Run | None:
        """Read the run to go on with; refuse a folder that is not for this call."""
        folder, resume = self.records.folder, self.request.resume
        if self.records.hold_run():
            if resume:
                return self.records.read_run()
            raise UsageError(
                f"There is already a run in '{folder}'. To continue it: `{self.command}`."
                " Or name another folder with `--out`."
            )
        if folder.exists() and (not folder.is_dir() or _holds_other_things(folder)):
            raise UsageError(
                f"'{folder}' exists and is not a run. "
                "Name a folder that does not exist with `--out`."
            )
        return None

    def _refuse_difference(self, earlier: Run, found: Mapping[str, object]) -> None:
        for name, what in SAME.items():
            one, other = getattr(earlier, name), found.get(name, getattr(earlier, name))
            if one != other:
                values = "" if name == "katas" else f" '{one}' became '{other}'."
                command = shlex.join([str(self.records.folder)])
                raise UsageError(
                    f"The run in '{self.records.folder}' started with different {what}."
                    f"{values} So its results cannot be compared. Start another run with `--out`,"
                    f" or see who changes with `nox -s regrade -- {command}`."
                )


def list_results(plan: Plan, records: Records) -> Iterator[Result]:
    """List the results of everybody in the plan, student by student."""
    for student in plan.students:
        for kata in plan.katas:
            result = records.read(student.name, kata.id)
            if result is not None:
                yield result


def carry_out(call: Call, *afterwards: Callable[[], None]) -> int:
    """Carry out a call, and more where it comes to its end; give its exit code."""
    # Whoever stops a run politely gets the same end as with Ctrl+C.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = call.grade()
        for step in afterwards:
            step()
        return code
    except (KeyboardInterrupt, RunStopped) as reason:
        render_stop(str(reason), call.command if call.records.hold_run() else None, call.console)
        is_asked = isinstance(reason, KeyboardInterrupt)
        return ExitCode.INTERRUPTED if is_asked else ExitCode.NOT_PASSED
    except GraderFault as fault:
        call.console.print(str(fault), soft_wrap=True)
        return ExitCode.GRADER_FAULT
    finally:
        signal.signal(signal.SIGTERM, before)


def _holds_other_things(folder: Path) -> bool:
    return any(path.name not in (LOCK_FILE, OVERRIDES_FILE) for path in folder.iterdir())


def write_command(request: GradingRequest, name: str, subject: str, out: Path) -> str:
    """Write the command that goes on with a run; the rest is in the run itself."""
    words = ["nox", "-s", name, "--", subject, "--out", str(out), "--resume"]
    if request.is_trusted:
        words.append("--i-trust-these-submissions")
    if request.executor:
        words += ["--executor", request.executor]
    return shlex.join(words)


def add_grading_options(parser: argparse.ArgumentParser) -> None:
    """Add what `grade` and `regrade` share: where, how many at a time, how isolated."""
    add = parser.add_argument
    add("--out", metavar="FOLDER", help="where the results go")
    add("--jobs", type=int, metavar="N", help="submissions graded at a time on this machine")
    add(
        "--resume",
        action="store_true",
        help="continue a run that was stopped: grade only what has no result, what changed and"
        " grader faults; not possible if graders, packages or the seed changed",
    )
    add("--seed", metavar="SEED", help="the seed of all inputs")
    add(
        "--isolation",
        choices=("auto", "full", "no-bwrap", "basic"),
        default="auto",
        help="how submissions are isolated; auto takes the best that this machine has",
    )
    add("--i-trust-these-submissions", action="store_true", help="grade even in isolation basic")
    add("--executor", metavar="dask://HOST:PORT", help="grade on a Dask cluster")


def add_regrade_options(parser: argparse.ArgumentParser) -> None:
    """Add the earlier run, and what to say of the differences."""
    parser.description = "Grade the submissions of a run again, and say who changes and why."
    add = parser.add_argument
    add("run", metavar="OLD_OUT", help="the folder of the earlier run")
    add("--diff", action="store_true", help="list the criteria that changed for each student")
    add("--submissions", metavar="PATH", help="where they are, if they moved")
    add_grading_options(parser)


def run_regrade(arguments: argparse.Namespace) -> int:
    """Grade again with the seed, roster and katas of the earlier run; exit codes as for grade."""
    old = Records(Path(arguments.run))
    earlier = old.read_run()
    new = Records(Path(arguments.out or f"{arguments.run.rstrip('/')}-again"))
    options = read_grading_options(arguments)
    request = GradingRequest(
        submissions=arguments.submissions or earlier.submissions,
        katas=[kata.id for kata in earlier.katas],
        name=earlier.name,
        roster=earlier.roster,
        roster_columns=earlier.roster_columns,
        marking=earlier.marking,
        attempt=earlier.attempt,
        **options | {"seed": options["seed"] or earlier.seed},
    )
    console = open_console()
    command = write_command(request, "regrade", arguments.run, new.folder)

    def tell() -> None:
        render_changes(
            compare_runs(earlier, new.read_run()),
            compare_results(old, new),
            console,
            full=arguments.diff,
        )
        render_shaken(list_shaken(old, new, Overrides.read(new.folder)), console)

    return carry_out(Call(request, new, console, command, again=old), tell)


def read_grading_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Read what `grade` and `regrade` share, for a request."""
    return {
        "jobs": arguments.jobs,
        "resume": arguments.resume,
        "seed": arguments.seed,
        "isolation": arguments.isolation,
        "is_trusted": arguments.i_trust_these_submissions,
        "executor": arguments.executor,
    }


def add_doctor_options(parser: argparse.ArgumentParser) -> None:
    """Add nothing: all profiles are tried."""
    del parser


def run_doctor(arguments: argparse.Namespace) -> int:
    """Examine all modes; without one that is for strangers the exit code is 1."""
    del arguments
    console = open_console()
    for mode in Mode:
        examination = examine(mode)
        render_examination(examination, advise(examination), console)
    best = choose_mode()
    render_choice(best, console)
    return ExitCode.PASSED if best.is_for_strangers else ExitCode.NOT_PASSED


def add_public_option(parser: argparse.ArgumentParser) -> None:
    """Add the criteria that students see."""
    parser.add_argument(
        "--public",
        action="extend",
        nargs="+",
        default=[],
        metavar="CRITERION",
        help="criteria that students see, in place of those that `kata.toml` names",
    )


def add_handout_options(parser: argparse.ArgumentParser) -> None:
    """Add the katas, where the handout goes and what it is called."""
    parser.description = (
        "Write a repository for students: no solution, and of the criteria only some."
    )
    parser.add_argument("katas", nargs="+", metavar="KATA", help="id, number or name")
    parser.add_argument("--to", metavar="FOLDER", required=True, help="absent or empty")
    parser.add_argument(
        "--name", default="FastAPI katas", help="its title, such as the name of the course"
    )
    add_public_option(parser)


def run_handout(arguments: argparse.Namespace) -> int:
    """Write it into a folder that is absent or empty, and say what is public."""
    target = Path(arguments.to)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"'{target}' exists and is not empty. Name another folder with `--to`.")
    root = find_root(Path.cwd())
    public = choose_public(Catalogue(root).select(arguments.katas), arguments.public)
    files = make_handout(root, arguments.name, public)
    try:
        write_files(files, target)
    except OSError as error:
        raise UsageError(
            f"The handout cannot be written to '{target}': {error.strerror}. "
            "Name another folder with `--to`."
        ) from None
    sentences = [
        f"{kata.id}: {len(names)} of {count_criteria(kata)} criteria are public: "
        f"{', '.join(names)}."
        for kata, names in public.items()
    ]
    wrote = f"Wrote '{target}', {len(files)} files, without solutions and hidden criteria."
    enter = f"Next: `cd {shlex.quote(str(target))}` and try it with `nox -s check`."
    publish = "Then `git init`, commit everything and push it."
    render_sentences([*sentences, wrote, enter, publish], open_console())
    return ExitCode.PASSED


def add_gradescope_options(parser: argparse.ArgumentParser) -> None:
    """Add the katas and where the archive goes."""
    parser.add_argument("katas", nargs="+", metavar="KATA", help="id, number or name")
    parser.add_argument("--to", metavar="FILE", default="autograder.zip")
    add_public_option(parser)


def run_gradescope(arguments: argparse.Namespace) -> int:
    """Write the archive; one that is there already is replaced."""
    target = Path(arguments.to)
    root = find_root(Path.cwd())
    katas = Catalogue(root).select(arguments.katas)
    named = choose_public(katas, arguments.public) if arguments.public else {}
    bundle = make_bundle(root, named or {kata: kata.file.public for kata in katas})
    try:
        target.write_bytes(bundle)
    except OSError as error:
        raise UsageError(
            f"The archive cannot be written to '{target}': {error.strerror}. "
            "Name a file in a folder that exists with `--to`."
        ) from None
    names = ", ".join(kata.id for kata in katas)
    sentences = [
        f"Wrote '{target}', the autograder for {names}.",
        "Next: upload it to a programming assignment on Gradescope, under 'Configure Autograder'.",
    ]
    render_sentences(sentences, open_console())
    return ExitCode.PASSED
