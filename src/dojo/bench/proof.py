"""Proof: what it costs to prove the graders, and how much they notice."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..catalogue import Catalogue, Kata
from ..grading import Options
from ..mutation.trials import FEWEST_KILLED, try_mutants
from ..proof.verification import Plan, Proof, verify
from ..warm.pool import Job, Pool, WorkerProcess
from .engine import make_bare
from .measuring import Command, Figure, describe_pairs, read_cpu
from .replay import Replay, record_calls

FIRST = ("01_first_api", "02_blocking_route", "03_dependencies")
WARM = ("01_first_api", "03_dependencies")
"""Katas with criteria that wait for nothing."""

SEED = "bench"
REPETITIONS = 3
SUBMISSIONS = 3
"""Graded between two looks at the CPU, of which the kernel tells hundredths of a second."""


def measure(root: Path, rounds: int) -> Iterator[Figure]:
    """Verify, look at one more submission `rounds` times, repeat under stress, and mutate."""
    catalogue = Catalogue(root)
    yield _measure_verify("verify over 01, 02 and 03", [catalogue.find(each) for each in FIRST], 25)
    yield _measure_verify("verify over all katas", catalogue.katas, 60)
    for name in WARM:
        yield from _measure_one_more(catalogue.find(name), rounds)
    yield _count_differences(catalogue.katas)
    for kata in catalogue.katas:
        yield _measure_mutation(kata)


def _measure_verify(name: str, katas: Sequence[Kata], most: float) -> Figure:
    started = time.perf_counter()
    proofs = verify(katas, Plan(), _ignore)
    seconds = time.perf_counter() - started
    return Figure(name, seconds, "s", most=most, detail=_describe(proofs))


def _measure_one_more(kata: Kata, rounds: int) -> Iterator[Figure]:
    """Compare the CPU of one more submission with its bare calls and with a bare pytest."""
    calls = record_calls(kata, SEED)
    with tempfile.TemporaryDirectory(prefix="dojo-") as folder:
        staged = Path(folder) / kata.id
        bare = make_bare(kata, staged)
        with Replay(staged, kata.file.entrypoint, calls) as replay:
            rows = _measure_warm(kata, replay, bare, rounds)
    name = f"one more submission of {kata.number} on a warm worker"
    for column, other, most in (
        (1, "the same calls in a fork a criterion", 1.8),
        (2, "bare pytest", 0.2),
    ):
        ratio, detail = describe_pairs([(row[0], row[column]) for row in rows])
        yield Figure(f"{name} / {other}, CPU", ratio, "x", most=most, detail=detail)


def _measure_warm(
    kata: Kata, replay: Replay, bare: Command, rounds: int
) -> list[tuple[float, float, float]]:
    job = Job(kata, kata.solution, Options(SEED))
    rows = []
    worker = WorkerProcess(kata)
    try:
        for _ in range(rounds + 1):
            before = read_cpu(worker.pid)
            for _ in range(SUBMISSIONS):
                worker.grade(job)
            own = (read_cpu(worker.pid) - before) / SUBMISSIONS
            rows.append((own, replay.run(), bare.run_for_cpu()))
    finally:
        worker.close()
    return rows[1:]  # the first one starts the worker


def _count_differences(katas: Sequence[Kata]) -> Figure:
    proofs = verify(katas, Plan(repeat=REPETITIONS, stress=1), _ignore)
    name = f"defects when all is repeated {REPETITIONS} times under stress"
    defects = sum(len(proof.defects) for proof in proofs)
    return Figure(name, defects, "defects", most=0, detail=_describe(proofs))


def _measure_mutation(kata: Kata) -> Figure:
    with Pool(Plan().jobs) as pool:
        trial = try_mutants(kata, pool, SEED)
    detail = (
        f"{len(trial.results)} mutants, {len(trial.survivors)} survivors, "
        f"{len(trial.defects)} defects"
    )
    share, least = trial.killed_share * 100, FEWEST_KILLED * 100
    return Figure(f"mutants of {kata.number} killed", share, "%", least=least, detail=detail)


def _describe(proofs: Sequence[Proof]) -> str:
    count = sum(len(proof.reports) for proof in proofs)
    defects = sum(len(proof.defects) for proof in proofs)
    return f"{count} submissions, {defects} defects"


def _ignore(proof: Proof) -> None:
    del proof
