"""Warm workers grade as a single check does, and fail apart from each other."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from dojo.harness.failures import GraderFault
from dojo.model.catalogue import Catalogue, Kata
from dojo.model.reports import Outcome, Report, Status
from dojo.proof.structure import make_kata
from dojo.runner.grading import Job, Options
from dojo.runner.pool import Interrupted, NotGradable, Pool, WorkerProcess

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def kata() -> Kata:
    """Give a kata that needs no lab."""
    return Catalogue(ROOT).find("01")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Give a pool of one worker, which goes on whatever a test has done to it."""
    with Pool(1) as pool:
        yield pool


def test_reports_come_in_order(pool: Pool, kata: Kata) -> None:
    """Right and unfinished submissions keep their own verdicts and their places."""
    sources = [kata.solution, kata.stub, kata.solution]
    reports = pool.grade_all(Job(kata, source, Options()) for source in sources)

    assert [report.status for report in reports] == [
        Status.PASSED,
        Status.NOT_PASSED,
        Status.PASSED,
    ]


def test_named_criteria_are_graded(pool: Pool, kata: Kata) -> None:
    """A job may ask for some of the criteria, and the next one has them all again."""
    name = "test_health_answers_exactly_ok"
    some, everything = pool.grade_all(
        [Job(kata, kata.solution, Options(only=[name])), Job(kata, kata.solution, Options())]
    )

    assert [each.name for each in some.criteria] == [name]
    assert len(everything.criteria) > 1


def test_same_seed_same_report(pool: Pool, kata: Kata) -> None:
    """The seed alone decides what a run asks."""
    one, other = pool.grade_all(Job(kata, kata.stub, Options(seed="7")) for _ in range(2))

    assert one == other


def test_both_ways_agree(pool: Pool, kata: Kata) -> None:
    """A copy made by fork and one made by a new process get the same verdicts."""
    jobs = [Job(kata, kata.stub, Options(seed="7", fork=fork)) for fork in (True, False)]
    one, other = pool.grade_all(jobs)

    assert one.criteria == other.criteria
    assert {each.outcome for each in one.criteria} == {Outcome.FAILED}


def test_unreadable_submission_is_told(pool: Pool, kata: Kata, tmp_path: Path) -> None:
    """A submission that cannot be read is told apart from a fault, and the worker goes on."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").symlink_to("/etc/hostname")
    with pytest.raises(NotGradable, match="link"):
        pool.submit(Job(kata, tmp_path, Options())).result()

    assert pool.submit(Job(kata, kata.solution, Options())).result().status is Status.PASSED


def test_dead_worker_is_a_fault(kata: Kata) -> None:
    """A worker that is killed gives no verdict at all."""
    worker = WorkerProcess(kata)
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(GraderFault, match="The worker ended"):
        worker.grade(Job(kata, kata.solution, Options()))

    worker.close()


def test_hanging_worker_is_ended(pool: Pool, kata: Kata) -> None:
    """A worker that gives no report in time is ended from outside, and another one serves."""
    with pytest.raises(NotGradable, match=r"within 0\.01 seconds"):
        pool.submit(Job(kata, kata.solution, Options(), deadline=0.01)).result()

    assert pool.submit(Job(kata, kata.solution, Options())).result().status is Status.PASSED


def test_early_interrupt_is_heard(kata: Kata, tmp_path: Path) -> None:
    """One that a worker reads together with the request, since it still starts, ends that too."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("while True: pass\n")
    worker = WorkerProcess(kata)
    worker.ask(Job(kata, tmp_path, Options()))
    worker.interrupt()

    with pytest.raises(Interrupted):
        worker.answer(Job(kata, tmp_path, Options()))
    assert worker.grade(Job(kata, kata.solution, Options())).status is Status.PASSED
    worker.close()


def test_stopped_pool_ends_its_workers(kata: Kata) -> None:
    """A pool that is left by an error waits for nobody, and nobody waits for it."""
    futures: list[Future[Report]] = []

    def grade_until_interrupted() -> None:
        with Pool(1) as pool:
            futures.extend(pool.submit(Job(kata, kata.solution, Options())) for _ in range(3))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade_until_interrupted()

    assert len(futures) == 3
    assert all(future.cancelled() or future.exception() for future in futures)


def test_uncollectable_grader_is_fault(tmp_path: Path) -> None:
    """A grader that cannot even be imported is a fault, and the report says why."""
    make_kata(tmp_path, "56_long_polling")
    kata = Kata("56_long_polling", tmp_path)
    (kata.grader / "test_broken.py").write_text("import no_such_module\n")
    with Pool(1) as pool:
        report = pool.submit(Job(kata, kata.solution, Options())).result()

    assert report.fault is not None
    assert "No module named 'no_such_module'" in report.fault.details


class Hired:
    """A worker that grades nothing and says how many jobs it had."""

    def __init__(self, kata: Kata, mode: object, environment: object) -> None:
        del mode, environment
        self.kata = kata
        self.usable = True
        self._jobs = 0

    def grade(self, job: Job) -> int:
        """Count a job."""
        del job
        self._jobs += 1
        return self._jobs

    def close(self) -> None:
        """End."""


def test_fresh_job_gets_new_worker(kata: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that asks for it is graded by a worker that has graded nothing before."""
    monkeypatch.setattr("dojo.runner.pool.WorkerProcess", Hired)
    counts: list[object] = []
    with Pool(1) as pool:
        for fresh in (False, False, True):
            job = Job(kata, kata.stub, Options(), fresh=fresh)
            counts.append(pool.submit(job).result())

    assert counts == [1, 2, 1]


STALLED = '''
import resource

from dojo.grader import criterion


@criterion(task=1)
async def test_stalls() -> None:
    """It stalls."""
    resource.setrlimit(resource.RLIMIT_CPU, (1, 1000))  # as the worker does, but sooner
    len(str(7 ** 100_000_000))


@criterion(task=1)
async def test_waits_behind() -> None:
    """It waits behind."""
'''


def test_stalled_grading_has_report(tmp_path: Path) -> None:
    """A grading that only the kernel can end is an error of each criterion, and no fault."""
    make_kata(tmp_path, "56_long_polling")
    kata = Kata("56_long_polling", tmp_path)
    for file in kata.grader.glob("test_*.py"):
        file.unlink()
    (kata.grader / "test_stalling.py").write_text(STALLED)
    with Pool(1) as pool:
        report = pool.submit(Job(kata, kata.solution, Options())).result()

    assert report.fault is None
    assert [(each.name, each.outcome) for each in report.criteria] == [
        ("test_stalls", Outcome.ERROR),
        ("test_waits_behind", Outcome.ERROR),
    ]
    assert all(
        "needed too much time" in each.finding.seen for each in report.criteria if each.finding
    )
