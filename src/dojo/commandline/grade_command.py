"""The command `grade`: one cohort, or all of a term that is due."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from ..model.errors import ExitCode, UsageError
from ..model.marking import Marking
from ..output.terminal import open_console, render_sentences
from ..runner.attempts import AttemptRule
from ..runner.cohort_records import Records
from ..teaching.grading_plans import GradingRequest
from ..teaching.terms import (
    TERM_FILE,
    Grading,
    Term,
    read_extensions,
    read_late_policy,
    read_time,
)
from .instructor_commands import (
    Call,
    add_grading_options,
    carry_out,
    read_grading_options,
    write_command,
)


def add_grade_options(parser: argparse.ArgumentParser) -> None:
    """Add what was handed in, and by whom, until when."""
    parser.description = (
        "Grade the work of many students. Each result is written at once. Without SUBMISSIONS all"
        f" of a term that is due is graded, as '{TERM_FILE}' says."
    )
    add = parser.add_argument
    add(
        "submissions",
        nargs="?",
        metavar="SUBMISSIONS",
        help="a folder with a folder or archive for each student, or a file that lists them",
    )
    add(
        "--kata",
        action="extend",
        nargs="+",
        default=[],
        metavar="KATA",
        help="the katas to grade; without it, the names of the folders tell them",
    )
    add("--name", metavar="NAME", help="a name for the cohort")
    add("--roster", metavar="CSV", help="all students, as a learning platform exports them")
    add(
        "--roster-columns",
        nargs="+",
        default=[],
        metavar="ROLE=COLUMN",
        help="which columns of the roster count: id=… and perhaps name=… and email=…",
    )
    add(
        "--attempt",
        choices=tuple(AttemptRule),
        help="which attempt counts where a student handed in more than once; best grades them all",
    )
    add("--due", metavar="TIME", help="the deadline, such as 2026-10-05T23:59:00+02:00")
    add("--extensions", metavar="CSV", help="deadlines of single students: student,due")
    add(
        "--late",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="what a day late costs: percent=10 and perhaps grace=MINUTES and cap=PERCENT",
    )
    add("--term", metavar="FILE", default=TERM_FILE, help="the term, for a call without more")
    add_grading_options(parser)


def run_grade(arguments: argparse.Namespace) -> int:
    """Grade; exit code 0 when complete, 1 when stopped, 3 when the grader failed on somebody."""
    if arguments.submissions is None:
        return _grade_term(Term.read(Path(arguments.term)), arguments)
    request = GradingRequest(
        submissions=arguments.submissions,
        katas=arguments.kata,
        name=arguments.name,
        roster=arguments.roster,
        roster_columns=arguments.roster_columns,
        attempt=arguments.attempt,
        marking=_read_marking(arguments),
        **read_grading_options(arguments),
    )
    name = Path(request.submissions).absolute().stem
    out = Path(arguments.out or f"{name}-results")
    command = write_command(request, "grade", request.submissions, out)
    return carry_out(Call(request, Records(out), open_console(), command))


def _read_marking(arguments: argparse.Namespace) -> Marking | None:
    """Read what the options say of deadlines; none where they say nothing."""
    if not arguments.due:
        if arguments.extensions or arguments.late:
            raise UsageError("Without a deadline nothing is late. Add `--due TIME`.")
        return None
    return Marking(
        due=read_time(arguments.due, "`--due`"),
        extensions=read_extensions(Path(arguments.extensions)) if arguments.extensions else {},
        late=read_late_policy(arguments.late),
    )


def _grade_term(term: Term, arguments: argparse.Namespace) -> int:
    """Grade all that is due, and say what is not; the worst exit code of all."""
    for option in ("out", "kata", "roster", "name", "due", "extensions", "late"):
        if getattr(arguments, option):
            raise UsageError(
                f"`--{option}` needs SUBMISSIONS. For a term write it into '{arguments.term}'."
            )
    console, worst = open_console(), int(ExitCode.PASSED)
    now = datetime.now(UTC)
    for grading in term.list_gradings():
        if obstacle := grading.find_obstacle(now):
            render_sentences([f"Not graded: {grading.title}: {obstacle}."], console)
            continue
        render_sentences([f"{grading.title}:"], console)
        code = _grade_one(grading, arguments, console)
        if code == ExitCode.INTERRUPTED:
            return code
        worst = max(worst, code)
    return worst


def _grade_one(grading: Grading, arguments: argparse.Namespace, console: Console) -> int:
    """Grade one assignment of one cohort; one that was graded is gone on with."""
    records = Records(grading.results)
    options = read_grading_options(arguments) | {"resume": records.hold_run()}
    request = GradingRequest(
        submissions=str(grading.submissions),
        katas=grading.assignment.katas,
        name=grading.title,
        roster=str(grading.roster) if grading.roster else None,
        roster_columns=grading.cohort.roster_columns,
        attempt=arguments.attempt or grading.assignment.attempt,
        marking=grading.marking,
        **options,
    )
    return carry_out(Call(request, records, console, "nox -s grade"))
