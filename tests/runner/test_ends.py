"""All that a run starts ends with it, also where it is killed; the next run removes its files."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dojo.harness.processes import list_descendants, wait_until_ended
from dojo.model.catalogue import Catalogue, find_root
from dojo.runner.grading import Job, Options
from dojo.runner.pool import Pool
from dojo.runner.sandbox import Mode, examine

from ..conftest import write_files

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux ends children with parents")

ROOT = find_root(Path(__file__).parent)
SECONDS = 2
LONGEST_WAIT = 120.0
NAME = "asked for ever"
SLEEPER = f"""
import ctypes, time

from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
async def read_health() -> None:
    ctypes.CDLL(None).prctl(15, b"{NAME}")  # for whoever lists processes
    time.sleep(100_000)
"""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Give a folder for temporary files with a short path: the probes put sockets there."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@contextmanager
def start(temporary: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `dojo` in the repository, with a folder of its own for temporary files."""
    command = [sys.executable, "-m", "dojo", *words]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        yield run


def wait_until_asked(run: subprocess.Popen[bytes]) -> list[int]:
    """Wait until the sleeper was asked; give all that the run has started."""
    deadline = time.monotonic() + LONGEST_WAIT
    while True:
        assert run.poll() is None
        assert time.monotonic() < deadline
        started = list_descendants(run.pid)
        if any(read_name(pid) == NAME for pid in started):
            return started
        time.sleep(0.02)


def read_name(pid: int) -> str:
    """Read the name of a process; none if it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def kill(run: subprocess.Popen[bytes]) -> list[int]:
    """Kill a run whose processes cannot run, so that none sees the end of another; give these."""
    started = wait_until_asked(run)
    for pid in started:
        os.kill(pid, signal.SIGSTOP)
    run.kill()
    return started


def list_after_next_check(temporary: Path) -> list[Path]:
    """Check once more; list the folders that are there after it."""
    with start(temporary, "check", "01", "--solution"):
        pass
    return list(temporary.glob("*/*"))


def test_killed_check_leaves_nothing(tmp_path: Path, temporary: Path) -> None:
    """A check that is killed leaves no process, and its folders to the next check at most."""
    write_files(tmp_path, {"app/main.py": SLEEPER})
    with start(temporary, "check", "01", "--submission", str(tmp_path)) as run:
        started = kill(run)

    assert len(started) >= 3
    assert all(wait_until_ended(pid, SECONDS) for pid in started)
    assert list(temporary.glob("*/*"))
    assert list_after_next_check(temporary) == []


@pytest.mark.parametrize("mode", list(Mode))
def test_killed_grading_leaves_nothing(tmp_path: Path, temporary: Path, mode: Mode) -> None:
    """A run of a cohort that is killed leaves no process, and its folders to the next at most."""
    if mode is not Mode.BASIC and not examine(mode).holds:
        pytest.skip(f"This machine does not give '{mode}'.")
    write_files(tmp_path, {"cohort/sleeper/app/main.py": SLEEPER})
    folders = [str(tmp_path / "cohort"), "--out", str(tmp_path / "out")]
    options = ["--kata", "01", "--jobs", "1", "--i-trust-these-submissions", "--isolation", mode]
    with start(temporary, "grade", *folders, *options) as run:
        started = kill(run)

    assert len(started) >= 5
    assert all(wait_until_ended(pid, SECONDS) for pid in started)
    assert list(temporary.glob("*/*"))
    assert list_after_next_check(temporary) == []


def test_idle_worker_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of a pool its workers end by themselves, and not with a thread of it."""
    kata = Catalogue(ROOT).find("01")
    statuses: list[int] = []
    wait = subprocess.Popen.wait

    def note(process: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        statuses.append(wait(process, timeout))
        return statuses[-1]

    monkeypatch.setattr(subprocess.Popen, "wait", note)
    with Pool(1) as pool:
        pool.submit(Job(kata, kata.stub, Options())).result()

    assert statuses == [0]
