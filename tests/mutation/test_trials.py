"""A trial tells killed, surviving and timed-out mutants apart, and what is not in order."""

import pytest

from dojo.__main__ import run
from dojo.model.catalogue import Kata
from dojo.model.errors import ExitCode
from dojo.model.reports import CriterionResult, Finding, FindingKind, Outcome
from dojo.proof.mutants import make_mutants
from dojo.proof.mutation_trials import Result, Trial, Verdict, conclude, judge, try_mutants
from dojo.runner.pool import Pool

from ..output.samples import make_criterion, make_report
from .conftest import BOUNDARY, GRADER, SOLUTION, WHY, list_survivor, mutate


def make_error(kind: FindingKind) -> CriterionResult:
    """Make a criterion that could not be graded."""
    return make_criterion(Outcome.ERROR, Finding(kind=kind, seen="It ended."), name="test_error")


def make_trial(kata: Kata, *survivors: str) -> Trial:
    """Make a trial in which mutants with these ids survive and all others are killed."""
    trial = Trial(kata, "5")
    for mutant in make_mutants(kata):
        killed = Result(mutant, Verdict.KILLED, "test_crate_takes_few", Outcome.FAILED)
        survived = Result(mutant, Verdict.SURVIVED)
        trial.results.append(survived if mutant.id in survivors else killed)
    return trial


PASSED = make_criterion()
FAILED = make_criterion(Outcome.FAILED, Finding(kind="behaviour", seen="404"), name="test_failed")
BLOCKED = make_criterion(Outcome.BLOCKED, name="test_blocked")


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ([PASSED], (Verdict.SURVIVED, "", None)),
        ([PASSED, FAILED], (Verdict.KILLED, "test_failed", Outcome.FAILED)),
        ([BLOCKED, make_error("crash")], (Verdict.KILLED, "test_error", Outcome.ERROR)),
        ([make_error("hang"), FAILED], (Verdict.KILLED, "test_error", Outcome.ERROR)),
        ([PASSED, make_error("hang"), BLOCKED], (Verdict.TIMED_OUT, "test_error", Outcome.ERROR)),
        ([make_error("limit")], (Verdict.TIMED_OUT, "test_error", Outcome.ERROR)),
    ],
    ids=["passed", "failed", "crashed", "hung and failed", "hung", "over a limit"],
)
def test_verdict_follows_from_report(
    criteria: list[CriterionResult], expected: tuple[Verdict, str, Outcome | None]
) -> None:
    """The first criterion that is not passed kills; hanging alone is told apart."""
    result = judge(mutate("limit = 12")[0], make_report(*criteria))

    assert (result.verdict, result.criterion, result.outcome) == expected


def test_listed_survivor_is_explained(kata: Kata) -> None:
    """A survivor with a reason is no defect, and both shares are told."""
    list_survivor(kata, BOUNDARY)
    trial = make_trial(kata, "app/main.py:11:swap-op:1")
    conclude(trial)

    count = len(trial.results)
    assert trial.defects == [
        f"{(count - 1) / count:.1%} of the mutants are killed; 95% are the least."
    ]
    assert trial.reasons == {"app/main.py:11:swap-op:1": WHY}
    assert trial.killed_share < trial.killed_share_unexplained == 1.0
    assert trial.count_killers() == [("test_crate_takes_few", count - 1, 0)]


def test_unlisted_survivor_is_a_defect(kata: Kata) -> None:
    """A survivor without a reason is a defect."""
    trial = make_trial(kata, "app/main.py:11:number:1")
    conclude(trial)

    assert "app/main.py:11:number:1 survives and is not explained." in trial.defects


def test_stale_entry_is_a_defect(kata: Kata) -> None:
    """An entry whose mutant is killed, or does not exist, is to be removed."""
    list_survivor(kata, BOUNDARY, BOUNDARY.replace("< 12", "> 12"))
    trial = make_trial(kata)
    conclude(trial)

    killed, unknown = trial.defects
    assert "is noticed by 'test_crate_takes_few'. Remove the entry." in killed
    assert "is no mutant within 'read_fit'" in unknown


def test_unreadable_list_is_a_defect(kata: Kata) -> None:
    """A list that cannot be read explains nothing and says why."""
    list_survivor(kata, BOUNDARY, why="equivalent")
    trial = make_trial(kata)
    conclude(trial)

    (defect,) = trial.defects
    assert "cannot be read" in defect


def test_grader_fault_is_a_defect(kata: Kata) -> None:
    """A grader that does not bear a mutant is named with that mutant, and the others are judged."""
    unsafe = GRADER.replace("    expect(few)", "    assert few.status_code != 405\n    expect(few)")
    (kata.grader / "test_crates.py").write_text(unsafe)
    with Pool(1) as pool:
        trial = try_mutants(kata, pool, "5")

    faults = [each for each in trial.defects if "Grader fault" in each]
    assert len(faults) + len(trial.results) == len(make_mutants(kata))
    assert [each.partition(" ")[0].rstrip(":") for each in faults] == ["app/main.py:8:method:1"]


def test_wrong_solution_is_not_mutated(kata: Kata) -> None:
    """Nothing follows from mutants of a solution that is not accepted itself."""
    (kata.solution / "app" / "main.py").write_text(SOLUTION.replace("12", "1"))
    with Pool(1) as pool:
        trial = try_mutants(kata, pool, "5")

    (defect,) = trial.defects
    assert "`nox -s check -- 07_crates --solution --seed 5`" in defect
    assert trial.results == []


def test_command_shows_survivors(
    kata: Kata, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command sums up, shows the diff of each survivor with its reason, and ends with 1."""
    list_survivor(kata, BOUNDARY)
    monkeypatch.chdir(kata.root)
    code = run(["mutate", "07", "--jobs", "1", "--seed", "5", "--all"])

    written = capsys.readouterr().out
    assert code == ExitCode.NOT_PASSED
    assert "07_crates: Crates (seed 5)" in written
    assert (
        '    -    return {"fits": pieces <= 12}\n    +    return {"fits": pieces < 12}' in written
    )
    assert "why: Nobody has ever asked for exactly twelve pieces." in written
    assert "why: not explained." in written
    assert "DEFECT app/main.py:11:number:1 survives and is not explained." in written
    assert f"{len(make_mutants(kata))} mutants, " in written
