"""Grading again says who changes, by how much, and what explains it."""

from pathlib import Path

import pytest

from .conftest import LAMP, RIGHT, WRONG, Cohort


@pytest.fixture
def graded(cohort: Cohort) -> Cohort:
    """Give a cohort of two with a run."""
    cohort.hand_in("ada", RIGHT)
    cohort.hand_in("bob", WRONG)
    cohort.grade("--seed", "1")
    return cohort


def regrade(cohort: Cohort, *arguments: str) -> str:
    """Grade the run again; give what was told, as one line."""
    ended = cohort.call("regrade", str(cohort.out), *arguments)
    assert (ended.code, ended.err) == (0, "")
    return " ".join(ended.out.split())


def test_same_conditions_change_nobody(graded: Cohort) -> None:
    """With the same seed, graders and submissions all results are the same."""
    told = regrade(graded)

    assert "Different from the earlier run: nothing." in told
    assert "No result changes." in told
    assert graded.read(out=Path("results-again")) == graded.read()


def test_changed_grader_explains_changes(graded: Cohort) -> None:
    """Who gains by another grader is named, with the points and the grader; no other is."""
    graded.use_own_workers()
    grader = graded.root / f"graders/{LAMP}/test_lamp.py"
    text = grader.read_text()
    grader.write_text(
        text.replace('expect(lamp).status(200).json({"name": name, "on": False})', "")
    )
    told = regrade(graded, "--diff", "--out", "mended")

    assert "Different from the earlier run: grader of '07_lamp' (" in told
    gain = "bob, 07_lamp: not passed, 1 points -> passed, 2 points (+1)."
    assert f"{gain} Explained by: grader of '07_lamp'." in told
    assert "test_lamp_is_off: failed -> passed" in told
    assert "1 result changes." in told


def test_changed_submission_explains_change(graded: Cohort) -> None:
    """Work that was replaced since is told apart from a change of the grader."""
    (graded.folder / "ada/app/main.py").write_text(WRONG)
    told = regrade(graded, "--seed", "2")

    assert "Different from the earlier run: seed ('1' became '2')." in told
    assert "ada, 07_lamp: passed, 2 points -> not passed, 1 points (-1)." in told
    assert "Explained by: submission, seed." in told


def test_people_come_and_go(graded: Cohort) -> None:
    """Who is in only one of the runs is named."""
    (graded.folder / "ada").rename(graded.folder / "eve")
    told = regrade(graded)

    assert "eve, 07_lamp: none -> passed, 2 points. Not in the earlier run." in told
    assert "ada, 07_lamp: passed, 2 points -> none. Not in this run." in told


def test_wavering_results_are_a_defect(graded: Cohort) -> None:
    """A change that nothing explains is said to be the grader's."""
    path = next(graded.out.glob("results/bob/*/report.json"))
    path.write_text(path.read_text().replace('"outcome":"failed"', '"outcome":"error"'))

    assert "the grader may be unstable" in regrade(graded)


def test_folder_without_run_is_refused(cohort: Cohort) -> None:
    """Only a run can be graded again."""
    ended = cohort.call("regrade", "exercises")

    assert ended.code == 2
    assert "There is no run in 'exercises'" in ended.err
