"""Equivalents of right answers are made, graded, and told apart when a grader refuses one."""

import io
from collections.abc import Callable
from pathlib import Path

import libcst as cst
import pytest

from dojo.__main__ import run
from dojo.model.catalogue import Kata
from dojo.output.author_pages import render_equivalence_trial
from dojo.output.terminal import open_console
from dojo.proof import equivalents
from dojo.proof.answer_sources import AnswerSources, Places
from dojo.proof.cases import list_right_answers
from dojo.proof.equivalent_structures import move_routes
from dojo.proof.equivalents import EquivalenceTrial, Equivalent, make_equivalents, try_equivalents
from dojo.runner.pool import Pool

from .conftest import GRADER, SOLUTION

Submit = Callable[[str, str, list[str]], None]


def make(kata: Kata, scratch: Path, seed: str = "1") -> list[Equivalent]:
    """Make the equivalents of a kata."""
    return list(make_equivalents(kata, list_right_answers(kata, scratch), seed))


def grade(kata: Kata) -> EquivalenceTrial:
    """Grade the equivalents of a kata."""
    with Pool(1) as pool:
        return try_equivalents(kata, pool, "1")


def show(trial: EquivalenceTrial) -> str:
    """Write a trial as it is printed."""
    written = io.StringIO()
    render_equivalence_trial(trial, open_console(written))
    return written.getvalue()


def test_each_answer_gives_equivalents(kata: Kata, tmp_path: Path) -> None:
    """The solution and every accepted answer are changed, in several places and in one."""
    made = make(kata, tmp_path / "scratch")

    assert {each.answer.name for each in made} == {"solution", "renamed", "with_router"}
    assert {each.place for each in made if each.transformation == "move_routes"} > {""}
    assert len({each.name for each in made}) == len(made)


def test_equivalents_differ_from_answer(kata: Kata, tmp_path: Path) -> None:
    """Nothing is graded that is the answer itself: each has a difference to show."""
    made = make(kata, tmp_path / "scratch")

    assert all(each.diff for each in made)


def test_everything_is_changed_together(kata: Kata, tmp_path: Path) -> None:
    """One equivalent of an answer has all changes, in a drawn order."""
    made = make(kata, tmp_path / "scratch")

    together = next(each for each in made if each.transformation == "change_everything")
    text = "".join(together.changed.values())
    assert all(each in text for each in ("moved_routes.get", "do_read_lamp(", "Passage"))


def test_seed_repeats_equivalents(kata: Kata, tmp_path: Path) -> None:
    """The same seed draws the same places and habits."""
    one, other = (make(kata, tmp_path / name, "7") for name in ("one", "other"))

    assert [each.name for each in one] == [each.name for each in other]


def test_shared_files_are_changed_once(kata: Kata, submit: Submit, tmp_path: Path) -> None:
    """What an accepted answer has in common with the solution is not changed again."""
    submit("accepted/same", SOLUTION, [])

    assert "same" not in {each.answer.name for each in make(kata, tmp_path / "scratch")}


Change = Callable[[cst.Module, AnswerSources, Places], cst.Module]
KeepChange = Callable[[Change], None]


@pytest.fixture
def keep(monkeypatch: pytest.MonkeyPatch) -> KeepChange:
    """Give a way to make one transformation only."""

    def keep_one(change: Change) -> None:
        monkeypatch.setattr(equivalents, "_OF_MODULES", {"app": (change,)})
        monkeypatch.setattr(equivalents, "_OF_APPLICATIONS", {})
        monkeypatch.setattr(equivalents, "HABITS", ())
        monkeypatch.setattr(equivalents, "HABITS_OF_ACCEPTED", 0)

    return keep_one


def lie(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Say of every lamp that it is on."""
    places.take("lie")
    return cst.parse_module(module.code.replace("False", "True"))


def need_absent(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Import what does not exist."""
    places.take("need")
    return cst.parse_module(f"import absent_module\n{module.code}")


def test_right_grader_passes_equivalents(kata: Kata, keep: KeepChange) -> None:
    """A grader of behaviour passes all of them, and the page says how many there were."""
    keep(move_routes)

    trial = grade(kata)

    assert trial.refusals == []
    assert trial.made == trial.passed == {"move_routes": 6, "change_everything": 3}
    assert "07_lamp: 9 equivalents, 9 pass, no defect." in show(trial)


def test_refused_equivalent_is_shown(kata: Kata, keep: KeepChange) -> None:
    """Of one that does not pass are shown the change, the criterion, its text and what it saw."""
    keep(lie)

    page = show(grade(kata))

    assert "DEFECT solution lie: The grader is wrong, unless a client can see" in page
    assert "test_lamp_is_off is failed: A lamp is off at first." in page
    assert '    -    return {"name": name, "on": False}' in page
    assert "07_lamp: 6 equivalents, 0 pass, 6 defects." in page


def test_broken_transformation_is_blamed(kata: Kata, keep: KeepChange) -> None:
    """What cannot be imported says nothing about the grader."""
    keep(need_absent)

    trial = grade(kata)

    assert all(each.is_broken for each in trial.refusals)
    assert "It cannot be imported: the transformation is wrong, or the isolation." in show(trial)


def test_wrong_grader_is_blamed(kata: Kata, keep: KeepChange) -> None:
    """Where the answer without the change fails with the same seed, the change is innocent."""
    keep(move_routes)
    (kata.grader / "test_lamp.py").write_text(GRADER.replace(".status(200)", ".status(202)"))

    trial = grade(kata)

    assert all(each.unchanged_too for each in trial.refusals)
    assert "The grader is wrong: the answer without the change does not pass" in show(trial)


def test_command_exits_with_verdict(
    kata: Kata,
    keep: KeepChange,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`dojo verify --equivalents` ends with 1 if a right answer is refused, else with 0."""
    monkeypatch.chdir(kata.root)
    command = ["verify", "07", "--equivalents", "--seed", "1"]

    keep(move_routes)
    passed = run(command)
    keep(lie)
    refused = run(command)

    assert (passed, refused) == (0, 1)
    assert "(seed 1)" in capsys.readouterr().out


def test_seed_needs_equivalents(kata: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--seed` alone would promise what `verify` does not do: it is refused."""
    monkeypatch.chdir(kata.root)

    assert run(["verify", "07", "--seed", "1"]) == 2
