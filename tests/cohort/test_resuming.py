"""A run that was stopped at any moment is completed without grading anything twice."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dojo.runner.cohort_records import Records

from .conftest import LAMP, RIGHT, TRUSTING, WRONG, Cohort, note_import

LONGEST_WAIT = 60.0


@pytest.fixture
def many(cohort: Cohort, log: Path) -> Cohort:
    """Let a dozen students hand in, whose work notes each of its imports."""
    for number in range(12):
        name = f"student {number:02}"
        cohort.hand_in(name, note_import(log, name) + (WRONG if number % 2 else RIGHT))
    return cohort


def stop_in_the_middle(cohort: Cohort, number: int) -> int:
    """Grade in a process of its own, and send it a signal once some have results."""
    command = [sys.executable, "-m", "dojo", "grade", str(cohort.folder), "--kata", LAMP]
    process = subprocess.Popen(
        [*command, "--out", str(cohort.out), *TRUSTING],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + LONGEST_WAIT
    while len(list(cohort.out.glob("results/*/*/report.json"))) < 4:
        assert time.monotonic() < deadline, "no results"
        assert process.poll() is None, "ended too early"
        time.sleep(0.01)
    process.send_signal(number)
    return process.wait(LONGEST_WAIT)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_stopped_run_is_completed(many: Cohort, log: Path, number: int) -> None:
    """What had a result keeps it untouched; the others get theirs."""
    code = stop_in_the_middle(many, number)
    before = {path: path.stat() for path in many.out.glob("results/*/*/report.json")}
    done = list(many.read())
    ended = many.grade("--resume")
    imports = log.read_text().split("\n")

    assert code == (-number if number == signal.SIGKILL else 130)
    assert 4 <= len(done) < 12
    assert len(many.read()) == 12
    assert set(many.read_statuses().values()) == {"passed", "not_passed"}
    for path, then in before.items():
        now = path.stat()
        assert (now.st_ino, now.st_mtime_ns) == (then.st_ino, then.st_mtime_ns)
    assert [imports.count(student) for student in done] == [1] * len(done)
    assert f"{len(done)} of them are from an earlier call" in " ".join(ended.out.split())


def test_complete_run_grades_nothing(cohort: Cohort, log: Path) -> None:
    """Resumed once more, a complete run stays as it is."""
    cohort.hand_in("ada", note_import(log, "ada") + RIGHT)
    (cohort.folder / "notes.txt").touch()
    cohort.grade()
    cohort.grade("--resume")

    assert log.read_text() == "ada\n"
    assert cohort.read_statuses() == {"ada": "passed", "notes.txt": "not_gradable"}


def test_changed_submissions_are_graded_again(cohort: Cohort) -> None:
    """Work that changed since, and work of those who came late, is graded; it is said."""
    path = cohort.hand_in("ada", WRONG)
    cohort.hand_in("bob", RIGHT)
    cohort.grade()
    (path / "app/main.py").write_text(RIGHT)
    cohort.hand_in("late", WRONG)
    ended = cohort.grade("--resume")

    assert cohort.read_statuses() == {"ada": "passed", "bob": "passed", "late": "not_passed"}
    assert "1 were graded again" in ended.out
    assert "1 of them are from an earlier call" in ended.out


def test_faults_are_graded_again(cohort: Cohort, log: Path) -> None:
    """A grader fault is no result: it is tried anew with the next call."""
    cohort.hand_in("ada", note_import(log, "ada") + RIGHT)
    cohort.grade()
    records = Records(cohort.out)
    text = records.read_text("ada", LAMP)
    assert text is not None
    fault = text.replace(b'"status":"passed"', b'"status":"grader_fault"')
    records.write("ada", LAMP, fault.decode())
    cohort.grade("--resume")

    assert cohort.read_statuses() == {"ada": "passed"}
    assert log.read_text() == "ada\nada\n"


@pytest.mark.parametrize("what", ["seed", "graders", "submissions"])
def test_other_conditions_are_refused(cohort: Cohort, what: str) -> None:
    """Results of one run are all made with the same seed, graders and submissions."""
    cohort.hand_in("ada")
    cohort.grade()
    arguments = ["--seed", "another"] if what == "seed" else []
    if what == "graders":
        cohort.use_own_workers()
        with (cohort.root / f"graders/{LAMP}/test_lamp.py").open("a") as grader:
            grader.write("# changed\n")
    if what == "submissions":
        cohort.folder.rename(cohort.root / "moved")
        cohort.folder = cohort.root / "moved"
    ended = cohort.grade("--resume", *arguments)

    assert ended.code == 2
    assert what in ended.err
    assert "cannot be compared" in ended.err


def test_second_run_needs_resume(cohort: Cohort) -> None:
    """A folder that holds a run is not written over, and the next command is named."""
    cohort.hand_in("ada")
    cohort.grade()
    ended = cohort.grade()

    assert ended.code == 2
    assert "--resume" in ended.err


def test_unfinished_writing_is_ignored(cohort: Cohort) -> None:
    """What a killed run or machine had half written is no result."""
    cohort.hand_in("ada")
    (cohort.out).mkdir()
    (cohort.out / "run.lock").touch()
    folder = cohort.out / "results/ada" / LAMP
    assert cohort.grade().code == 0
    (folder / "report.new").write_text('{"stat')
    (folder / "report.json").write_text("")

    assert cohort.grade("--resume").code == 0
    assert cohort.read_statuses() == {"ada": "passed"}


def test_one_run_at_a_time(cohort: Cohort) -> None:
    """Two runs never write to the same folder."""
    cohort.hand_in("ada")
    with Records(cohort.out).lock():
        ended = cohort.grade()

    assert ended.code == 2
    assert "Another run is writing" in ended.err
