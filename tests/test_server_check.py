"""`dojo check --server`: the graders ask real uvicorn, as far as a real client can."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dojo.__main__ import run

ROOT = Path(__file__).parent.parent

FEWEST = {"01": 9, "02": 7, "03": 8, "32": 2, "36": 9, "40": 9}
"""How many criteria of a kata are checked over the network, at least."""

WRONG = {
    "01": ("ascii_only_names", "test_greeting_keeps_any_name"),
    "02": ("dependency_still_blocks", "test_terms_overlap_at_partner"),
    "03": ("closed_without_rollback", "test_failed_request_rolls_back"),
    "32": ("size_in_characters", "test_broken_frames_close_one_connection"),
    "36": ("empty_shelves_asked_again", "test_statements_stay_constant"),
    "40": ("replays_with_200", "test_replay_repeats_first_answer"),
}
"""For each kata an answer with a known verdict, and the criterion that it fails."""

STEPPED = "test_broken_off_export_closes_session"
"""A criterion of 03 whose client reads step by step."""

CALLS = {
    "right": (*FEWEST, "--solution", "--server", "--json", "-"),
    "shown": ("03", "--solution", "--server", "--criterion", STEPPED),
    **{
        kata: (kata, "--case", case, "--server", "--criterion", name, "--json", "-")
        for kata, (case, name) in WRONG.items()
    },
}


def call(arguments: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    """Run `dojo check` as people do."""
    command = [sys.executable, "-m", "dojo", "check", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def ended() -> "dict[str, subprocess.CompletedProcess[str]]":
    """What came of all calls, which run side by side."""
    with ThreadPoolExecutor(2) as executor:
        return dict(zip(CALLS, executor.map(call, CALLS.values()), strict=True))


@pytest.mark.parametrize("kata", FEWEST)
def test_solution_passes_what_is_checked(ended: Any, kata: str) -> None:
    """Over the network no criterion fails on the solution, and so many are checked there."""
    reports = json.loads(ended["right"].stdout)["reports"]
    (report,) = [each for each in reports if each["kata"].startswith(kata)]
    outcomes = [each["outcome"] for each in report["criteria"]]

    assert set(outcomes) <= {"passed", "blocked"}
    assert outcomes.count("passed") >= FEWEST[kata]


@pytest.mark.parametrize("kata", WRONG)
def test_wrong_answer_fails_over_network(ended: Any, kata: str) -> None:
    """A wrong answer fails the criterion that it fails without a server."""
    (report,) = json.loads(ended[kata].stdout)["reports"]
    (criterion,) = report["criteria"]

    assert ended[kata].returncode == 1
    assert (criterion["name"], criterion["outcome"]) == (WRONG[kata][1], "failed")


def test_report_says_it_is_no_grade(ended: Any) -> None:
    """The JSON has a mark, and nobody takes what is left out for a fault."""
    reports = json.loads(ended["right"].stdout)["reports"]

    assert ended["right"].returncode == 0
    assert all(each["server"] for each in reports)
    assert all(each["notices"][0].startswith("This is not a grade.") for each in reports)


def test_blocked_criterion_names_driver(ended: Any) -> None:
    """A criterion that is not checked says whom the driver would have to play."""
    shown = ended["shown"]

    assert shown.returncode == 0
    assert (
        "BLOCKED An export closes its session also when the client leaves halfway. "
        "Seen Not checked: this needs a client that takes what the app sends step by step. "
        "Run `check` without `--server`. "
        "0 of 1 criteria were checked over uvicorn: 0 passed. "
        "Next: `nox -s check -- 03` checks every criterion, for the grade. "
    ) in " ".join(shown.stdout.split())


def test_kata_without_app_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A kata that asks for no app has nothing that a server could serve."""
    monkeypatch.chdir(ROOT)

    assert run(["check", "16", "--server"]) == 2
    assert capsys.readouterr().err.startswith("`--server` needs an app, and '16_predict")
