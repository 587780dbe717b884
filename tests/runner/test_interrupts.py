"""Ctrl-C ends a command at once: one line, exit 130, and no process is left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from dojo.harness.processes import list_descendants, wait_until_ended

from ..conftest import write_files
from .test_ends import LONGEST_WAIT, ROOT, SLEEPER, wait_until_asked

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in `/proc`")

SECONDS = 2

Wait = Callable[[subprocess.Popen[bytes]], list[int]]


def wait_until_grading(run: subprocess.Popen[bytes]) -> list[int]:
    """Wait until a worker has a fork server and a snapshot; give all that the run has started."""
    deadline = time.monotonic() + LONGEST_WAIT
    while len(started := list_descendants(run.pid)) < 3:
        assert run.poll() is None
        assert time.monotonic() < deadline
    return started


def interrupt(
    words: Sequence[str], folder: Path, wait: Wait = wait_until_asked
) -> tuple[int, str, list[int]]:
    """Interrupt `dojo` when the wait is over; give its status, its words and its processes."""
    output = folder / "output"
    with (
        output.open("wb") as file,
        subprocess.Popen(
            [sys.executable, "-m", "dojo", *words],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(folder)},
            stdout=file,
            stderr=file,
        ) as run,
    ):
        started = wait(run)
        run.send_signal(signal.SIGINT)
        status = run.wait(LONGEST_WAIT)
    return status, output.read_text(), started


def test_interrupted_check_ends_at_once(tmp_path: Path) -> None:
    """A check of two katas grades neither to its end, and reports no fault of the grader."""
    write_files(tmp_path, {"app/main.py": SLEEPER})
    words = ["check", "01", "03", "--submission", str(tmp_path)]
    status, output, started = interrupt(words, tmp_path)

    assert (status, output) == (130, "Stopped.\n")
    assert len(started) >= 3
    assert all(wait_until_ended(pid, SECONDS) for pid in started)


def test_interrupted_cohort_says_how_to_go_on(tmp_path: Path) -> None:
    """A run of a cohort ends as soon, and prints the command that goes on with it."""
    write_files(tmp_path, {"cohort/sleeper/app/main.py": SLEEPER})
    folders = [str(tmp_path / "cohort"), "--out", str(tmp_path / "out"), "--kata", "01"]
    options = ["--jobs", "1", "--isolation", "basic", "--i-trust-these-submissions"]
    status, output, started = interrupt(["grade", *folders, *options], tmp_path)

    assert status == 130
    assert "Stopped. All results so far are kept. To continue:" in output
    assert all(wait_until_ended(pid, SECONDS) for pid in started)


def test_interrupted_verify_ends_at_once(tmp_path: Path) -> None:
    """A proof says as its last line that it was stopped, and its workers end with it."""
    words = ["verify", "01", "--no-cache", "--jobs", "1"]
    status, output, started = interrupt(words, tmp_path, wait_until_grading)

    assert status == 130
    assert output.splitlines()[-1] == "Stopped."
    assert all(wait_until_ended(pid, SECONDS) for pid in started)
