"""A finding says what a learner needs, and nothing about the machine or the grader."""

import sysconfig
from pathlib import Path

import fastapi
import pytest

from dojo.grader.findings import describe_error, describe_fault, hide_paths
from dojo.harness.evidence import CutOff, Event, Evidence, Log, Output, Warned
from dojo.harness.failures import Failure, Location, SubmissionError
from dojo.harness.temporary_folders import RunFolder

FOLDER = RunFolder(Path("/tmp/dojo-1a2b"))
MAIN = FOLDER.stage / "app/main.py"
MODULE = describe_fault.__code__.co_filename


def print_text(text: str, *, truncated: bool = False) -> Output:
    """Make the event of a text that is printed."""
    return Output(kind="output", stream="stdout", text=text, truncated=truncated)


def log(logger: str, message: str) -> Log:
    """Make the event of a log record."""
    return Log(kind="log", logger=logger, level="INFO", message=message, fields={}, call=None)


def warn(file: str) -> Warned:
    """Make the event of a warning that points at a file."""
    return Warned(kind="warning", category="UserWarning", message="look", file=file, line=3)


def read_output(*events: Event) -> str:
    """Give the output of a finding after these events."""
    evidence = Evidence()
    for event in events:
        evidence.append(event)
    return describe_error(Failure("one", "other"), [evidence], FOLDER).output


def test_submission_paths_start_at_its_root() -> None:
    """A path below the staged tree is written as the learner knows it."""
    assert hide_paths(f'File "{MAIN}", line 3', FOLDER) == 'File "app/main.py", line 3'


def test_run_folders_are_not_named() -> None:
    """The folders of a run leave no trace, with or without something below them."""
    text = f"{FOLDER.stage} {FOLDER.work}/notes.db {FOLDER.work} {FOLDER.output} {FOLDER.root}"

    assert "/tmp" not in hide_paths(text, FOLDER)
    assert "~/notes.db" in hide_paths(text, FOLDER)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (str(Path(fastapi.__file__).parent / "routing.py"), "fastapi/routing.py"),
        (f"{sysconfig.get_path('stdlib')}/asyncio/tasks.py", "asyncio/tasks.py"),
        (MODULE, "dojo/grader/findings.py"),
    ],
)
def test_library_paths_start_at_package(path: str, shown: str) -> None:
    """A file of a library is written without the place where it is installed."""
    assert hide_paths(path, FOLDER) == shown


def test_every_text_is_without_paths() -> None:
    """What was done, expected, seen and printed is all written without places of this machine."""
    evidence = Evidence()
    evidence.append(print_text(f"{MAIN}\n"))
    failure = Failure(f"no {MAIN}", f"a {MAIN}", [f"curl -d {MAIN}"])

    finding = describe_error(failure, [evidence], FOLDER)

    assert (finding.did, finding.expected, finding.seen, finding.output) == (
        ("curl -d app/main.py",),
        "no app/main.py",
        "a app/main.py",
        "app/main.py\n",
    )


def test_error_keeps_its_kind() -> None:
    """A submission that could not be asked is described by its kind and its one sentence."""
    error = SubmissionError(
        "hang", "The app does not answer.", ["curl"], [Location("app/main.py", 3)]
    )

    finding = describe_error(error, [], FOLDER)

    assert (finding.kind, finding.seen, finding.where[0].line) == (
        "hang",
        "The app does not answer.",
        3,
    )


def test_output_keeps_order() -> None:
    """Printed text and records of the learner's own loggers come in the order of the events."""
    seen = read_output(print_text("one\n"), log("shop", "two"), print_text("three\n"))

    assert seen == "one\nINFO shop: two\nthree\n"


def test_evidence_is_no_output() -> None:
    """Records that given files and SQLAlchemy make for the grader are not shown."""
    assert read_output(log("kata.session", "opened"), log("sqlalchemy.engine", "SELECT 1")) == ""


def test_warning_names_own_lines_only() -> None:
    """A warning is shown, and its place if the learner can change what stands there."""
    seen = read_output(warn(str(MAIN)), warn("/lib/asyncio/events.py"))

    assert seen == "UserWarning: look (app/main.py, line 3)\nUserWarning: look\n"


def test_long_output_ends_with_notice() -> None:
    """Of endless output the last whole lines are kept, and that more was written is said."""
    seen = read_output(print_text("line\n" * 5000 + "li", truncated=True))

    assert len(seen) < 2100
    assert seen.endswith("line\n(There is more output. It is not shown.)")


def test_fault_names_lines_not_source(tmp_path: Path) -> None:
    """A fault names the exception and the grader's lines, by file name and without their source."""
    path = tmp_path / "test_shelf.py"
    source = "def measure():\n    return {}['width']  # nobody may read this\n\nmeasure()\n"
    with pytest.raises(KeyError) as caught:
        exec(compile(source, str(path), "exec"), {})

    details = describe_fault(caught.value, tmp_path)

    assert details.splitlines() == [
        "KeyError: 'width'",
        "  test_shelf.py, line 4, in <module>",
        "  test_shelf.py, line 2, in measure",
    ]


def test_fault_is_without_paths(tmp_path: Path) -> None:
    """The text of a fault's exception names no place of this machine either."""
    error = ImportError(f"no name in {MODULE} and {tmp_path}/test_shelf.py")

    assert describe_fault(error, tmp_path) == (
        "ImportError: no name in dojo/grader/findings.py and test_shelf.py"
    )


def test_lost_records_are_told() -> None:
    """Where records were left out, a failure says so: what it counts may be too little."""
    evidence = Evidence()
    evidence.append(CutOff(kind="cut_off", records=20_000))

    finding = describe_error(Failure("a session", "none"), [evidence], FOLDER)

    assert finding.seen == (
        "none\nThe app wrote more than 20000 log records. Later ones are not counted."
    )
