"""Verification finds every way in which a grader can be unproven."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dojo.__main__ import make_parser
from dojo.harness.processes import list_children
from dojo.model.catalogue import Kata
from dojo.proof import cases
from dojo.proof.verification import Plan, Proof, keep_busy, verify

from .conftest import GRADER, SOLUTION, STUB

Submit = Callable[[str, str, list[str]], None]
KeepCheats = Callable[..., None]


def prove(kata: Kata, repeat: int = 1, jobs: int = 1) -> Proof:
    """Verify one kata."""
    return verify([kata], Plan(jobs=jobs, repeat=repeat), _ignore)[0]


def _ignore(proof: Proof) -> None:
    del proof


@pytest.fixture
def keep_cheats(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> KeepCheats:
    """Give a way to leave out all cheats but the named ones, where the others are not the point."""

    def keep(*names: str) -> None:
        for name in names:
            shutil.copytree(cases.CHEATS / name, tmp_path / "cheats" / name)
        monkeypatch.setattr(cases, "CHEATS", tmp_path / "cheats")

    return keep


@pytest.fixture
def no_cheats(keep_cheats: KeepCheats) -> None:
    """Leave the cheats out where they are not the point."""
    keep_cheats()


def test_proven_kata_has_no_defect(kata: Kata) -> None:
    """A kata whose cases all end as they should has no defect, cheats included."""
    proof = prove(kata, jobs=2)

    assert proof.defects == []
    assert {case.kind for case in proof.reports} == {
        "stub",
        "solution",
        "accepted",
        "wrong",
        "cheat",
    }


@pytest.mark.usefixtures("no_cheats")
def test_wrong_verdicts_are_defects(kata: Kata, submit: Submit) -> None:
    """A wrong answer that passes, a right one that fails and a wrong name are each told."""
    submit("wrong/harmless", SOLUTION, ["test_lamp_is_off"])
    submit("wrong/names_nobody", SOLUTION, [])
    submit("wrong/crashes", f"{SOLUTION}\nraise OSError('no')\n", ["test_lamp_is_off"])
    submit("wrong/misspelt", SOLUTION, ["test_lamp_is_of"])
    submit("accepted/not_right", STUB, [])
    told = "\n".join(prove(kata).defects)

    assert "wrong harmless: 'test_lamp_is_off' is passed, expected failed." in told
    assert "wrong names_nobody: names no criterion that it fails." in told
    assert "wrong crashes: 'test_lamp_is_off' is error, expected failed." in told
    assert "wrong misspelt: names the criterion 'test_lamp_is_of', which does not exist." in told
    assert "accepted not_right: 'test_lamp_is_off' is failed, expected passed." in told


def test_weak_grader_is_a_defect(kata: Kata, keep_cheats: KeepCheats) -> None:
    """A criterion that anything passes shows on the stub, among the cheats and as idle."""
    keep_cheats("constant_answers")
    weak = GRADER.replace('expect(lamp).status(201).json({"name": name, "on": True})', "del lamp")
    (kata.grader / "test_lamp.py").write_text(weak)
    told = "\n".join(prove(kata).defects)

    assert "stub stub: 'test_lamp_switches_on' passes although nothing was done yet." in told
    assert "cheat constant_answers: earns 'test_lamp_switches_on'." in told
    assert "No wrong submission fails 'test_lamp_switches_on': it may be an idle check." in told


def test_stumbling_grader_is_a_defect(kata: Kata, keep_cheats: KeepCheats) -> None:
    """A grader that raises on an odd answer is told as a fault of the grader."""
    keep_cheats("odd_values")
    stumbling = GRADER.replace("expect(lamp).status(200).", 'lamp.json()["on"]\n    expect(lamp).')
    (kata.grader / "test_lamp.py").write_text(stumbling)
    told = "\n".join(prove(kata).defects)

    assert "cheat odd_values: Grader fault" in told


@pytest.mark.usefixtures("no_cheats")
def test_flickering_verdict_is_a_defect(kata: Kata) -> None:
    """A verdict that differs between repetitions is told with both seeds."""
    post = "    lamp = await client.post"
    flickering = GRADER.replace(post, f"    if inputs.random() < 0.5:\n        return\n{post}")
    (kata.grader / "test_lamp.py").write_text(flickering)
    told = "\n".join(prove(kata, repeat=6).defects)

    assert "with seed" in told
    assert "but" in told


@pytest.mark.usefixtures("no_cheats")
def test_one_accepted_answer_is_few(kata: Kata) -> None:
    """Fewer than two accepted answers are a defect."""
    shutil.rmtree(kata.grader / "submissions" / "accepted" / "renamed")
    told = "\n".join(prove(kata).defects)

    assert "There are 1 accepted submissions; 2 are the least." in told


@pytest.mark.parametrize(("level", "processes"), [(0, 0), (1, 3), (4, 12)])
def test_level_of_stress_counts_processes(
    monkeypatch: pytest.MonkeyPatch, level: int, processes: int
) -> None:
    """Stress keeps so many processes busy for each processor, and none afterwards."""
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    before = set(list_children(os.getpid()))
    with keep_busy(level):
        started = set(list_children(os.getpid())) - before
        counted = len(started)

    assert counted == processes
    assert not started & set(list_children(os.getpid()))


@pytest.mark.parametrize(
    ("words", "level"),
    [([], "0"), (["--stress"], "1"), (["--stress", "4"], "4"), (["--stress", "--jobs", "2"], "1")],
)
def test_stress_may_name_a_level(words: list[str], level: str) -> None:
    """Plain stress is the first level."""
    assert make_parser("verify").parse_args(["verify", "02", *words]).stress == level


def test_kata_is_no_level_of_stress(capsys: pytest.CaptureFixture[str]) -> None:
    """A kata behind the option is refused, and not taken for a level."""
    with pytest.raises(SystemExit):
        make_parser("verify").parse_args(["verify", "--stress", "02"])

    assert "invalid choice: '02'" in capsys.readouterr().err
