"""What changed between two runs is found result by result, with all that may explain it."""

from pathlib import Path

import pytest

from dojo.model.reports import Outcome
from dojo.runner.cohort_records import Records, Result, Run
from dojo.teaching.gradebooks import Change, Difference, compare_results, compare_runs

from ..output.samples import make_criterion, make_failed, make_report
from .cohorts import make_fault, make_kata, make_result, make_run

KATA = make_kata([make_criterion(), make_failed()])
RUN = make_run(KATA)
RIGHT = make_report(make_criterion(), make_criterion(name="test_shelf_is_full"))
WRONG = make_report(make_criterion(), make_failed())


def keep(folder: Path, *results: Result, run: Run = RUN) -> Records:
    """Write the records of a run."""
    records = Records(folder)
    records.write_run(run)
    for each in results:
        records.write(each.student, each.kata, each.model_dump_json())
    return records


def compare(
    folder: Path, before: list[Result], after: list[Result], run: Run = RUN
) -> list[Change]:
    """Find what changed between two runs with these results, the second of them made otherwise."""
    old, new = keep(folder / "old", *before), keep(folder / "new", *after, run=run)
    return list(compare_results(old, new))


def test_same_results_are_no_change(tmp_path: Path) -> None:
    """A result that is what it was is not named, whatever else changed."""
    results = [make_result("Ana", RIGHT), make_result("Bo")]
    other = RUN.model_copy(update={"seed": "6f"})

    assert compare(tmp_path, results, results, other) == []


def test_change_has_points_and_criteria(tmp_path: Path) -> None:
    """What was won and the criteria that ended differently are told."""
    (change,) = compare(tmp_path, [make_result("Ana", WRONG)], [make_result("Ana", RIGHT)])

    assert (change.student, change.kata, change.points) == ("Ana", "07_library", 1.0)
    assert change.list_criteria() == [("test_shelf_is_full", Outcome.FAILED, Outcome.PASSED)]
    assert change.reasons == ()


def test_outcome_alone_is_a_change(tmp_path: Path) -> None:
    """A criterion that ends differently is told where the points stay the same."""
    error = make_report(make_criterion(), make_criterion(Outcome.ERROR, name="test_shelf_is_full"))
    (change,) = compare(tmp_path, [make_result("Ana", WRONG)], [make_result("Ana", error)])

    assert change.points == 0.0
    assert change.list_criteria() == [("test_shelf_is_full", Outcome.FAILED, Outcome.ERROR)]


def test_status_alone_is_a_change(tmp_path: Path) -> None:
    """Who had handed in nothing and now something unreadable has changed."""
    after = make_result("Ana", source="ana.rar", problem="It is no archive.")
    (change,) = compare(tmp_path, [make_result("Ana")], [after])

    assert (change.points, change.list_criteria()) == (None, [])


@pytest.mark.parametrize("ungraded", [make_fault("Ana"), make_result("Ana")])
def test_nothing_graded_has_no_points(tmp_path: Path, ungraded: Result) -> None:
    """Where one of the runs has no points, none are won or lost; its criteria ended in nothing."""
    graded = make_result("Ana", make_report(make_criterion()))
    (lost,) = compare(tmp_path / "1", [graded], [ungraded])
    (won,) = compare(tmp_path / "2", [ungraded], [graded])

    assert lost.points is None
    assert won.points is None
    assert lost.list_criteria() == [("test_shelf_is_shown", Outcome.PASSED, None)]
    assert won.list_criteria() == [("test_shelf_is_shown", None, Outcome.PASSED)]


def test_student_of_one_run_is_told(tmp_path: Path) -> None:
    """Who comes or goes is told, without any reason."""
    other = RUN.model_copy(update={"seed": "6f"})
    before, after = make_result("Ana", RIGHT), make_result("Bo", WRONG)

    came, gone = compare(tmp_path, [before], [after], other)

    assert came == Change(None, after, ())
    assert gone == Change(before, None, ())
    assert (came.student, came.points) == ("Bo", None)
    assert (gone.student, gone.kata, gone.points) == ("Ana", "07_library", None)


def test_reasons_start_with_submission(tmp_path: Path) -> None:
    """Another submission, another grader and other settings each explain a change."""
    grader = KATA.model_copy(update={"grader_digest": "f" * 64})
    torch = KATA.model_copy(update={"id": "08_torch"})
    run = make_run(grader, torch).model_copy(update={"seed": "6f"})
    before = make_result("Ana", WRONG, submission_digest="1" * 64)
    after = make_result("Ana", RIGHT, submission_digest="2" * 64)

    (change,) = compare(tmp_path, [before], [after], run)

    assert change.reasons == (
        Difference("submission", "1" * 8, "2" * 8),
        Difference("grader of '07_library'", "a1", "f" * 8),
        Difference("seed", "5e", "6f"),
    )


SETTINGS = [
    ("seed", "6f", Difference("seed", "5e", "6f")),
    ("isolation", "full", Difference("isolation", "basic", "full")),
    ("dojo", "0.2.0", Difference("version of dojo", "0.1.0", "0.2.0")),
    ("fastapi", "0.165.10", Difference("version of FastAPI", "0.165.0", "0.165.10")),
    ("python", "3.12.12345", Difference("version of Python", "3.12.0", "3.12.12345")),
    ("lock_digest", "d" * 64, Difference("locked packages", "c3", "d" * 8)),
]


@pytest.mark.parametrize(("name", "value", "difference"), SETTINGS)
def test_settings_are_compared(name: str, value: str, difference: Difference) -> None:
    """Each setting of which verdicts depend is told, a digest by its start."""
    assert compare_runs(RUN, RUN.model_copy(update={name: value})) == [difference]


def test_graders_are_compared_by_kata() -> None:
    """A grader that is another one, or that the earlier run did not have, is told."""
    torch = KATA.model_copy(update={"id": "08_torch"})
    mended = KATA.model_copy(update={"grader_digest": "f" * 64})

    assert compare_runs(RUN, make_run(mended, torch)) == [
        Difference("grader of '07_library'", "a1", "f" * 8),
        Difference("grader of '08_torch'", "none", "a1"),
    ]
    assert compare_runs(make_run(KATA, torch), RUN) == []
