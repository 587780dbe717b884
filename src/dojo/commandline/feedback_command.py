"""The command `feedback`: what each student gets back, alone."""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from ..model.errors import ExitCode, UsageError
from ..model.file_trees import write_files
from ..output.deliveries import WAYS, ZIPPED, Files, NotDeliverable, Page, pack
from ..output.feedback_texts import render_markdown
from ..output.site import make_feedback, open_run_templates, render_student
from ..output.terminal import open_console, render_sentences
from ..runner.cohort_records import Records, Result, ResultStatus, Run
from ..runner.handins import Student
from ..teaching.marks import mark
from ..teaching.overrides import Overrides
from ..teaching.rosters import find_owners, read_roster

_SHOWN = 10


def add_feedback_options(parser: argparse.ArgumentParser) -> None:
    """Add the run, the way and where the files go."""
    parser.description = (
        "Write the feedback of a run, for each student alone: no page names another student."
    )
    add = parser.add_argument
    add("run", metavar="RUN", help="the folder that `nox -s grade` has written")
    add("--to", metavar="PATH", required=True, help="a folder that is absent or empty, or a zip")
    add(
        "--deliver",
        choices=list(WAYS),
        default="pages",
        help="as pages, as the zip that Moodle or Canvas takes back, as bodies of comments on pull"
        " requests, or as mails",
    )
    add("--roster", metavar="CSV", help="where mail addresses are, if not in the run's roster")


def run_feedback(arguments: argparse.Namespace) -> int:
    """Write the files, and say who gets none."""
    target, way = Path(arguments.to), arguments.deliver
    _refuse_target(target, way)
    records = Records(Path(arguments.run))
    run = records.read_run()
    roster = arguments.roster or run.roster
    files: Files = {}
    undelivered = []
    for page in list_pages(records, run, Path(roster) if roster else None):
        try:
            files |= WAYS[way](page)
        except NotDeliverable as error:
            undelivered.append((page.student, str(error)))
    _write(files, target, way)
    lines = [f"Wrote '{target}', {len(files)} files. No file names another student."]
    for reason, count in Counter(reason for _, reason in undelivered).most_common(_SHOWN):
        names = [name for name, each in undelivered if each == reason]
        shown = ", ".join(f"'{name}'" for name in names[:_SHOWN])
        more = f" and {count - _SHOWN} more" if count > _SHOWN else ""
        lines.append(f"No feedback for {shown}{more}: {reason}.")
    render_sentences(lines, open_console())
    return ExitCode.PASSED


def list_pages(records: Records, run: Run, roster: Path | None) -> Iterator[Page]:
    """List the pages of all students who have a result, one after the other."""
    overrides, templates = Overrides.read(records.folder), open_run_templates(run)
    emails = _read_emails(roster)
    for student, group in groupby(records.iterate(), key=lambda result: result.student):
        results = list(group)
        feedback = [make_feedback(each, mark(each, run, overrides)) for each in results]
        yield Page(
            student=student,
            email=_find_email(student, emails),
            source=_find_source(results),
            title=f"Feedback: {run.name}",
            html=render_student(templates, student, feedback, alone=True),
            markdown=render_markdown(student, run.name, feedback),
        )


def _find_source(results: list[Result]) -> str:
    handed_in = [each.source for each in results if each.status is not ResultStatus.MISSING]
    return handed_in[0] if handed_in else ""


def _read_emails(roster: Path | None) -> Mapping[str, str]:
    """Read mail addresses by what a roster calls people, and by their names."""
    if roster is None or not roster.is_file():
        return {}
    entries = read_roster(roster)
    owners = {entry.id: entry.email for entry in entries.entries}
    named = find_owners(entries, [Student(entry.name) for entry in entries.entries if entry.name])
    return owners | {name: owners[owner] for name, owner in named.items() if owner is not None}


def _find_email(student: str, emails: Mapping[str, str]) -> str:
    return emails.get(student) or (student if "@" in student else "")


def _refuse_target(target: Path, way: str) -> None:
    is_zip = way in ZIPPED or target.suffix == ".zip"
    if is_zip and target.is_dir():
        raise UsageError(f"'{target}' is a folder. Name a zip file with `--to`.")
    if not is_zip and target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"'{target}' exists and is not empty. Name another folder with `--to`.")


def _write(files: Files, target: Path, way: str) -> None:
    try:
        if way in ZIPPED or target.suffix == ".zip":
            target.write_bytes(pack(sorted(files.items())))
        else:
            write_files(files, target)
    except OSError as error:
        raise UsageError(f"'{target}' cannot be written: {error.strerror}.") from None
