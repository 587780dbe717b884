"""Every student gets a result of their own, whatever the others handed in."""

import json
import re
from pathlib import Path

import pytest

from .conftest import BROKEN, LAMP, RIGHT, TORCH, WRONG, Cohort

KILLER = """\
import os, signal

def read_parent(pid):
    return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])

pid = os.getpid()
while b"dojo.runner.worker" not in open(f"/proc/{pid}/cmdline", "rb").read():
    pid = read_parent(pid)
os.kill(pid, signal.SIGKILL)
"""


def test_endings_are_told_apart(cohort: Cohort) -> None:
    """Right, wrong, broken, unreadable and missing work each end as what they are."""
    cohort.hand_in("Zoë van den Berg", RIGHT)
    cohort.hand_in_archive("李雷.zip", WRONG)
    cohort.hand_in("broken", BROKEN)
    (cohort.folder / "notes.txt").write_text("See my mail.")
    (cohort.folder / "empty").mkdir()
    (cohort.folder / ".DS_Store").touch()
    (cohort.root / "roster.csv").write_text("student\nZoë van den Berg\nlate\n", "utf-8")
    ended = cohort.grade("--roster", "roster.csv", "--seed", "1")

    assert cohort.read_statuses() == {
        "Zoë van den Berg": "passed",
        "broken": "not_passed",
        "empty": "not_gradable",
        "late": "missing",
        "notes.txt": "not_gradable",
        "李雷": "not_passed",
    }
    assert (ended.code, ended.err) == (0, "")
    summary = "6 results: 1 passed, 2 not passed, 2 not gradable, 1 missing, 0 grader"
    assert summary in ended.out


def test_run_says_what_it_was(cohort: Cohort) -> None:
    """The run is described beside its results, strangers to the roster included."""
    cohort.hand_in("ada")
    (cohort.root / "roster.csv").write_text("student\nbob\n")
    cohort.grade("--roster", "roster.csv", "--seed", "7", "--name", "Cohort A")
    run = json.loads((cohort.out / "run.json").read_text())

    assert (run["name"], run["seed"], run["isolation"]) == ("Cohort A", "7", "basic")
    assert (run["unlisted"], run["students"]) == (["ada"], 2)
    assert [(kata["id"], kata["possible_points"]) for kata in run["katas"]] == [(LAMP, 2.0)]
    assert (cohort.out / "grades.csv").is_file()


def test_everybody_has_the_same_inputs(cohort: Cohort) -> None:
    """The seed is drawn once for the run, and is in every report."""
    cohort.hand_in("ada")
    cohort.hand_in("bob", WRONG)
    cohort.grade()

    assert len({each["report"]["seed"] for each in cohort.read().values()}) == 1


def test_katas_are_told_by_folders(cohort: Cohort) -> None:
    """Without a kata named, those are graded whose folders somebody handed in."""
    cohort.hand_in("ada", layout=f"exercises/{LAMP}/app")
    cohort.hand_in("bob", layout=f"{TORCH}/app")
    cohort.call("grade", str(cohort.folder))

    assert cohort.read_statuses(LAMP) == {"ada": "passed", "bob": "missing"}
    assert cohort.read_statuses(TORCH) == {"ada": "missing", "bob": "passed"}


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds its worker in /proc")
def test_killed_worker_harms_nobody_else(cohort: Cohort) -> None:
    """A submission that kills its worker is tried once more, and its neighbours keep theirs."""
    cohort.use_own_workers()
    cohort.hand_in("a right one", RIGHT)
    cohort.hand_in("b kills", KILLER + RIGHT)
    cohort.hand_in("c wrong", WRONG)
    cohort.hand_in("d right", RIGHT)
    ended = cohort.grade()

    assert cohort.read_statuses() == {
        "a right one": "passed",
        "b kills": "grader_fault",
        "c wrong": "not_passed",
        "d right": "passed",
    }
    assert cohort.read()["b kills"]["points"] is None
    assert ended.code == 3


DRIPPING = RIGHT.replace(
    """async def read_lamp(name: str) -> dict[str, str | bool]:
    return {"name": name, "on": False}
""",
    """async def read_lamp(name: str):
    from fastapi.responses import StreamingResponse
    return StreamingResponse(drip())

async def drip():
    import asyncio
    while True:
        yield b" "
        await asyncio.sleep(1)
""",
)


@pytest.mark.slow_hostile
def test_dripping_response_is_told_as_that(cohort: Cohort) -> None:
    """Who is never silent for long and never done gets a verdict that says what dripped."""
    cohort.hand_in("a drips", DRIPPING)
    cohort.hand_in("b right", RIGHT)
    cohort.grade()
    dripped, other = cohort.read()["a drips"]["report"]["criteria"]

    assert cohort.read_statuses() == {"a drips": "not_passed", "b right": "passed"}
    assert (dripped["outcome"], other["outcome"]) == ("error", "passed")
    assert dripped["finding"]["kind"] == "limit"
    assert re.fullmatch(
        r"The body of GET /lamps/\w+ came in \d+ pieces and was not complete after 20 seconds\.",
        dripped["finding"]["seen"],
    )


def test_faulty_grader_stops_before_anybody(cohort: Cohort) -> None:
    """Where the reference solution is not accepted, nobody is graded."""
    cohort.use_own_workers()
    cohort.hand_in("ada")
    (cohort.root / f"solutions/{LAMP}/app/main.py").write_text(WRONG)
    ended = cohort.grade()

    assert ended.code == 3
    assert "The reference solution of '07_lamp' does not pass on this machine" in ended.out
    assert not (cohort.out / "results").exists()


def test_fault_of_one_is_not_a_zero(cohort: Cohort) -> None:
    """A grader that fails on one submission costs that student nothing."""
    cohort.use_own_workers()
    grader = cohort.root / f"graders/{LAMP}/test_lamp.py"
    trap = '    assert lamp.headers.get("x-trap") is None\n'
    check = "    expect(lamp).status(200)"
    text = grader.read_text()
    grader.write_text(text.replace(check, trap + check))
    cohort.hand_in("ada", RIGHT)
    trapped = RIGHT.replace("name: str) ->", "name: str, response: Response) ->", 1)
    trapped = trapped.replace("    return", '    response.headers["x-trap"] = "1"\n    return', 1)
    cohort.hand_in("bob", trapped.replace("import FastAPI", "import FastAPI, Response"))
    ended = cohort.grade()

    assert cohort.read_statuses() == {"ada": "passed", "bob": "grader_fault"}
    assert "1 grader" in ended.out
    assert ended.code == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--kata", "lamps"], "Kata 'lamps' does not exist"),
        (["--roster", "absent.csv"], "absent.csv' cannot be read"),
        (["--out", "handed in/results"], "cannot be written into the folder of the submissions"),
        (["--out", "exercises"], "exists and is not a run"),
        (["--executor", "spark://x"], "'spark://x' is not an executor"),
        (["--jobs", "0"], "at least 1"),
    ],
)
def test_wrong_use_is_told(cohort: Cohort, arguments: list[str], message: str) -> None:
    """What would make the run useless is refused before anything is graded."""
    cohort.hand_in("ada")
    ended = cohort.grade(*arguments)

    assert ended.code == 2
    assert message in ended.err


def test_unnamed_kata_is_asked_for(cohort: Cohort) -> None:
    """Submissions that name no kata need it named."""
    cohort.hand_in("ada")

    assert "Add `--kata KATA`" in cohort.call("grade", str(cohort.folder)).err


def test_trust_is_asked_for(cohort: Cohort) -> None:
    """Without isolation, submissions are graded only by an instructor who says so."""
    from dojo.__main__ import run

    cohort.hand_in("ada")
    code = run(["grade", str(cohort.folder), "--kata", LAMP, "--isolation", "basic"])

    assert code == 2
    assert not (cohort.root / "handed in-results").exists()
