"""A report in the terminal can be read by people, whole or in part."""

import io
from pathlib import Path

import pytest
from rich.text import Text

from dojo.model.reports import Fault, Finding, Line, Outcome, Report
from dojo.output.standpoints import Standpoint
from dojo.output.terminal import open_console, print_hanging, render_report

from .samples import HOSTILE, make_criterion, make_failed, make_report

CURL = "curl -i -X POST -d '{}' http://127.0.0.1:8000/shelves/" + "long" * 30
IMPORT = Finding(
    kind="import",
    seen="The import of the app raises KeyError.",
    where=(Line(file="app/a.py", line=3),),
)


def show(report: Report, part: str = "all", standpoint: Standpoint | None = None) -> str:
    """Write a report as it looks in a pipe."""
    stream = io.StringIO()
    render_report(report, open_console(stream), part, standpoint)
    return stream.getvalue()


def test_commands_stay_on_one_line() -> None:
    """A request can be pasted: it is the one thing that is wider than the page."""
    lines = show(make_report(make_failed(did=[CURL, CURL], seen="word " * 60))).splitlines()

    assert [line.split(maxsplit=1) for line in lines if CURL in line] == [
        ["Did", CURL],
        ["Then", CURL],
    ]
    assert all(len(line) <= 80 for line in lines if CURL not in line)


def test_no_line_ends_in_spaces() -> None:
    """Nothing invisible is written."""
    text = show(make_report(make_criterion(), make_failed(seen="word " * 60, output="a \n b")))

    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_criteria_stand_below_tasks() -> None:
    """Each task is named once, with the title that the README gives it."""
    one, two, other = make_criterion(), make_criterion(name="test_b"), make_criterion(task=2)

    text = show(make_report(one, other, two))

    assert text.count("Task 1: Title of 1\n") == 1
    assert text.count("Task 2: Title of 2\n") == 1
    assert text.index("PASSED   B.") < text.index("Task 2")


def test_failed_shows_open_criteria() -> None:
    """`failed` leaves out what passed, `first` all but the first of the others."""
    blocked = make_criterion(Outcome.BLOCKED, waits_for="test_shelf_is_full")
    report = make_report(make_criterion(), make_failed(), blocked)

    outcomes = [
        [line.split()[0] for line in show(report, part).splitlines() if line[:6].isupper()]
        for part in ("all", "failed", "first")
    ]
    assert outcomes == [["PASSED", "FAILED", "BLOCKED"], ["FAILED", "BLOCKED"], ["FAILED"]]


def test_part_counts_all_criteria() -> None:
    """However little is shown, the sum is of everything."""
    report = make_report(make_criterion(), make_failed())

    assert "1 of 2 criteria passed." in show(report, "first")


def test_blocked_criterion_names_sentence() -> None:
    """What a blocked criterion waits for is said in words that the learner has read."""
    blocked = make_criterion(Outcome.BLOCKED, name="test_b", waits_for="test_shelf_is_full")

    text = show(make_report(make_failed(), blocked))

    assert "Waits for Shelf is full." in text
    assert "test_shelf_is_full" not in text


def test_obstacle_is_told_once() -> None:
    """Where nothing could be asked the reason stands above the criteria, one line each."""
    criteria = [make_criterion(Outcome.ERROR, IMPORT, name=f"test_{each}") for each in "abc"]

    text = show(make_report(*criteria))

    assert text.count("The import of the app raises KeyError.") == 1
    assert text.index("KeyError") < text.index("ERROR    A.")
    assert "Next: fix app/a.py:3, then check again." in text


def test_different_errors_are_all_told() -> None:
    """Criteria that end as errors one by one keep their own reasons."""
    crash = Finding(kind="crash", did=("curl a",), seen="The app's process ended.")
    criteria = [make_criterion(Outcome.ERROR, each) for each in (crash, crash, IMPORT)]

    text = show(make_report(*criteria))

    assert text.count("The app's process ended.") == 2
    assert "Nothing could be checked" not in text


def test_next_step_names_open_task() -> None:
    """The hint that is offered is one for the first task that is not done."""
    other = make_failed().model_copy(update={"task": 2})

    assert "`nox -s hint -- 07 --task 2`" in show(make_report(make_criterion(), other))
    assert "`nox -s notes -- 07`" in show(make_report(make_criterion()))


def test_points_are_told_when_uneven() -> None:
    """Points are counted where they say more than the number of criteria."""
    even, uneven = make_report(make_criterion()), make_report(make_criterion(points=3))

    assert "1 of 1 criteria passed.\n" in show(even)
    assert "1 of 1 criteria passed, 3 of 3 points.\n" in show(uneven)


def test_long_output_shows_its_end() -> None:
    """Of much output the last lines are shown, and of the same output again nothing."""
    output = "".join(f"line {number}\n" for number in range(40))

    text = show(make_report(make_failed(output=output), make_failed(output=output)))

    assert "line 29\n" not in text
    assert text.count("line 39\n") == 1
    assert text.count("(the same as above)") == 1


def test_many_requests_are_cut() -> None:
    """Of a long history the last requests are shown."""
    text = show(make_report(make_failed(did=[f"curl {number}" for number in range(20)])))

    assert "(12 earlier requests are not shown.)" in text
    assert "curl 11\n" not in text
    assert "curl 12\n" in text


def test_one_cut_request_is_singular() -> None:
    """A history that is one request too long is told with that one."""
    text = show(make_report(make_failed(did=[f"curl {number}" for number in range(9)])))

    assert "(1 earlier request is not shown.)" in text


def test_own_code_is_cut_not_wrapped() -> None:
    """A line of code keeps its shape; what is too long of it is in the file."""
    where = Line(file="app/main.py", line=7, function="run", code="x = " + "y + " * 40)

    lines = show(make_report(make_failed(where=[where]))).splitlines()

    code = next(line for line in lines if "x = y" in line)
    assert len(code) == 80
    assert code.endswith("…")


def test_definition_is_not_named_twice() -> None:
    """The function is named unless the line shown is where it is defined."""
    defined = Line(file="a.py", line=7, function="run", code="def run() -> None:")
    inside = Line(file="b.py", line=8, function="run", code="raise KeyError")

    text = show(make_report(make_failed(where=[defined, inside])))

    assert "a.py:7\n" in text
    assert "b.py:8, in run\n" in text


def test_places_lead_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place is a path from the current folder, with the line behind it, as editors open it."""
    (tmp_path / "exercises/07/app").mkdir(parents=True)
    (tmp_path / "exercises/07/app/main.py").touch()
    report = make_report(make_failed(where=[Line(file="app/main.py", line=29)]))
    standpoint = Standpoint(folders=[tmp_path / "exercises/07"])

    monkeypatch.chdir(tmp_path)
    from_root = show(report, standpoint=standpoint)
    monkeypatch.chdir(tmp_path / "exercises/07")
    from_folder = show(report, standpoint=standpoint)

    assert "Where     exercises/07/app/main.py:29\n" in from_root
    assert "Where     app/main.py:29\n" in from_folder


@pytest.mark.parametrize("file", ["../secret.py", "/etc/passwd", "x" * 400, "a\0b"])
def test_odd_places_stay_as_they_are(file: str, tmp_path: Path) -> None:
    """A file that a submission only claims to have is looked for nowhere else."""
    (tmp_path / "secret.py").touch()
    (tmp_path / "work").mkdir()

    assert Standpoint(folders=[tmp_path / "work"]).locate(file) == file


def test_repeated_run_is_a_command() -> None:
    """The last line is the call that grades the same files with the same inputs."""
    standpoint = Standpoint(options=["--submission", "my work"])

    lines = show(make_report(make_criterion()), standpoint=standpoint).splitlines()

    assert lines[-1] == (
        "To repeat this run: `nox -s check -- 07 --submission 'my work' --seed 5e`"
    )


def test_commands_are_wrapped_as_one_word() -> None:
    """A line never ends inside a command, so it can be copied."""
    stream = io.StringIO()
    command = "`nox -s reset -- 03 --restore`"

    print_hanging(Text(), f"{'word ' * 13}{command}. Next.", open_console(stream))

    assert stream.getvalue().splitlines()[1] == f"{command}. Next."


def test_foreign_work_is_not_served() -> None:
    """`serve` runs the learner's own app, so a report of another one does not offer it."""
    report = make_report(make_failed())

    assert "nox -s serve" in show(report)
    assert "nox -s serve" not in show(report, standpoint=Standpoint(is_own=False))


def test_fault_shows_no_details() -> None:
    """The lines of the grader stay in a file; the learner reads where it is."""
    fault = Fault(message="The grader has an error.", details="KeyError\n  test_a.py, line 3")
    report = make_report().model_copy(update={"fault": fault})

    text = show(report, standpoint=Standpoint(fault="Please report 'a.txt'."))

    assert "test_a.py" not in text
    assert "Please report 'a.txt'." in text


def test_hostile_text_reaches_no_terminal() -> None:
    """Nothing that a submission says can move the cursor or turn the reading direction."""
    where = Line(file="a.py", line=1, code=HOSTILE)
    failed = make_failed(seen=HOSTILE, output=HOSTILE, did=[HOSTILE], where=[where])

    text = show(make_report(failed))

    assert text.replace("\n", "").replace("…", "").isascii()
    assert text.replace("\n", "").isprintable()


def test_markup_is_not_interpreted() -> None:
    """Square brackets are text, whoever wrote them."""
    assert "[bold]loud[/bold] :smile:" in show(
        make_report(make_failed(seen="[bold]loud[/bold] :smile:"))
    )


def test_old_code_page_ends_no_run() -> None:
    """A character that the terminal's encoding lacks is written as an escape."""
    page = io.TextIOWrapper(io.BytesIO(), encoding="ascii")

    render_report(make_report(make_failed(seen="आ 🚲")), open_console(page))

    page.flush()
    assert r"Seen      \u0906 \U0001f6b2" in page.buffer.getvalue().decode("ascii")
