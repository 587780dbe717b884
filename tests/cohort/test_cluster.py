"""A Dask cluster gives the same results as this machine, also when a worker of it dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic_core import from_json

from dojo.harness.processes import has_ended, list_descendants

from .conftest import BROKEN, LAMP, RIGHT, TRUSTING, WRONG, Cohort

LONGEST_WAIT = 120.0


class Cluster:
    """A scheduler and two workers, each in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "scheduler.json"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self._folder = folder
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        wait_for(self._file.is_file)
        self.workers = [self._start("worker", "--nthreads", "1", "--no-nanny") for _ in range(2)]

    @property
    def address(self) -> str:
        """Where the scheduler listens."""
        address: str = from_json(self._file.read_bytes())["address"]
        return address.replace("tcp://", "dask://")

    def close(self) -> None:
        """End all processes."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def _start(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        module = f"distributed.cli.dask_{program}"
        options = ["--scheduler-file", str(self._file), "--no-dashboard", *arguments]
        return subprocess.Popen(
            [sys.executable, "-m", module, *options],
            cwd=self._folder,
            env={**os.environ, "TMPDIR": str(self.temporary)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def wait_for(condition: object) -> None:
    """Wait until something has come true."""
    assert callable(condition)
    deadline = time.monotonic() + LONGEST_WAIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Give a cluster on this machine."""
    pytest.importorskip("distributed")
    (tmp_path / "cluster").mkdir()
    cluster = Cluster(tmp_path / "cluster")
    yield cluster
    cluster.close()


def test_cluster_that_loses_a_worker_agrees(cohort: Cohort, cluster: Cluster) -> None:
    """With one of two workers killed in the middle, every result is as it is here."""
    for number in range(24):
        cohort.hand_in(f"student {number:02}", (RIGHT, WRONG, BROKEN)[number % 3])
    cohort.grade("--seed", "1", "--out", "local")
    command = [sys.executable, "-m", "dojo", "grade", str(cohort.folder), "--kata", LAMP]
    process = subprocess.Popen(
        [*command, *TRUSTING, "--seed", "1", "--out", "far", "--executor", cluster.address],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    results = cohort.root / "far" / "results"
    wait_for(lambda: process.poll() is not None or len(list(results.glob("*/*/*.json"))) > 4)
    graded = len(list(results.glob("*/*/*.json")))
    cluster.workers[0].send_signal(signal.SIGKILL)
    told, _ = process.communicate(timeout=LONGEST_WAIT)

    assert process.returncode == 0, told
    assert 4 < graded < 24, told
    here, there = cohort.read(out=cohort.root / "local"), cohort.read(out=cohort.root / "far")
    assert len(here) == 24
    assert there == here
    assert (cohort.root / "far/grades.csv").read_text() == (
        cohort.root / "local/grades.csv"
    ).read_text()


def test_told_worker_ends_with_its_own(cohort: Cohort, cluster: Cluster) -> None:
    """A worker of the cluster that is told to end leaves no process and no folder."""
    for number in range(12):
        cohort.hand_in(f"student {number:02}", (RIGHT, WRONG, BROKEN)[number % 3])
    command = [sys.executable, "-m", "dojo", "grade", str(cohort.folder), "--kata", LAMP]
    with subprocess.Popen(
        [*command, *TRUSTING, "--out", "far", "--executor", cluster.address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        results = cohort.root / "far" / "results"
        wait_for(lambda: process.poll() is not None or any(results.glob("*/*/*.json")))
        started = [each for worker in cluster.workers for each in list_descendants(worker.pid)]
        for worker in cluster.workers:
            worker.terminate()
        for worker in cluster.workers:
            worker.wait(LONGEST_WAIT)
        process.kill()

    assert len(started) >= 2
    assert all(map(has_ended, started))
    assert list(cluster.temporary.glob("dojo-*/*")) == []


def test_absent_cluster_is_told(cohort: Cohort) -> None:
    """Where no scheduler listens, it is said how to start one."""
    cohort.hand_in("ada")
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "dojo", "grade", str(cohort.folder), "--kata", LAMP),
            *(*TRUSTING, "--executor", "dask://127.0.0.1:9"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_WAIT,
    )

    assert ended.returncode == 2
    assert "no Dask scheduler" in ended.stderr
