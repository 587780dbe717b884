"""Benchmarks: what a check costs beside a bare pytest, and what proofs and cohorts cost."""

import asyncio
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ..harness.failures import GraderFault
from ..harness.hosts import Host
from ..harness.http_client import open_client
from ..harness.snapshot_process import ExecLauncher, ImportRequest, SnapshotProcess
from ..harness.temporary_folders import open_run_folder, open_temporary_folder
from ..model.catalogue import Catalogue, Kata
from ..model.reports import Report, Status
from ..model.staging import stage
from ..runner.grading import Job, Options
from ..runner.live_grading import LiveGrading, Result
from ..runner.pool import Pool, WorkerProcess
from ..runner.sandbox import choose_own_mode
from .cases import list_cases
from .measurement import Command, Figure, Replay, compare, describe_pairs, read_cpu, record_calls
from .mutation_trials import FEWEST_KILLED, try_mutants
from .verification import Plan, Proof, verify

BARE = Path(__file__).parent / "bare"
COMPARED = ("01_first_api", "03_dependencies")

_RAISING = '''"""Every route raises."""

from fastapi import FastAPI

app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def fail(path: str) -> None:
    raise KeyError(path)
'''
_EMPTY = '''"""One route, one reply."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def read() -> dict[str, int]:
    return {"number": 1}
'''


def measure_engine(root: Path, rounds: int) -> Iterator[Figure]:
    """Compare checks with a bare pytest, `rounds` times each, and look at the wall."""
    catalogue = Catalogue(root)
    dojo = Path(sys.executable).with_name("dojo")
    with open_temporary_folder() as scratch:
        for name in COMPARED:
            yield from _compare_with_pytest(catalogue.find(name), dojo, scratch, rounds)
        yield _compare_raising(catalogue.find(COMPARED[0]), dojo, scratch, rounds)
        yield _compare_saves(catalogue.find(COMPARED[1]), scratch, rounds)
    yield from asyncio.run(_measure_wall())


def _compare_with_pytest(kata: Kata, dojo: Path, scratch: Path, rounds: int) -> Iterator[Figure]:
    bare = make_bare(kata, scratch / kata.id)
    check = Command([str(dojo), "check", kata.id, "--solution"], kata.root)
    ratio, detail = compare(check, bare, rounds)
    yield Figure(f"dojo check {kata.number} / bare pytest", ratio, "x", most=1.0, detail=detail)
    nox = Command(
        [str(dojo.with_name("nox")), "-s", "check", "--", kata.id, "--solution"], kata.root
    )
    ratio, detail = compare(nox, bare, rounds)
    yield Figure(f"nox -s check {kata.number} / bare pytest", ratio, "x", most=1.2, detail=detail)


def make_bare(kata: Kata, staged: Path) -> Command:
    """Make the command that runs a bare pytest on the solution, which is staged for it."""
    stage(kata.stub, kata.solution, kata.file.editable, staged)
    pytest = (sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider", f"--rootdir={staged}")
    options = ("-c/dev/null", "--import-mode=importlib", "-Wignore")
    return Command([*pytest, *options, str(BARE / f"test_{kata.id}.py")], staged)


def _compare_saves(kata: Kata, scratch: Path, rounds: int) -> Figure:
    """Compare what passes from a saved file to its report with a bare pytest."""
    bare = make_bare(kata, scratch / "bare")
    own = Kata(kata.id, scratch / "own")
    for folder in (kata.exercise, kata.grader, kata.solution):
        shutil.copytree(folder, own.root / folder.relative_to(kata.root))
    shutil.copytree(kata.solution / "app", own.exercise / "app", dirs_exist_ok=True)
    pairs = asyncio.run(_time_saves(own, bare, rounds))
    ratio, detail = describe_pairs(pairs)
    name = f"from a saved file to the report of {kata.number} / bare pytest"
    return Figure(name, ratio, "x", most=0.35, detail=detail)


async def _time_saves(own: Kata, bare: Command, rounds: int) -> list[tuple[float, float]]:
    """Give the seconds from a saved file to its report, beside those of the bare command."""
    results: asyncio.Queue[Result] = asyncio.Queue()
    pairs = []
    async with LiveGrading(own, choose_own_mode(), lambda: None, results.put_nowait) as live:
        watching = asyncio.create_task(live.run())
        await results.get()  # the first one starts the worker
        for _ in range(rounds):
            started = time.perf_counter()
            with (own.exercise / own.file.editable[0]).open("a") as file:
                file.write("\n")
            result = await results.get()
            pairs.append((time.perf_counter() - started, bare.run()))
            if not isinstance(result, Report) or result.status is not Status.PASSED:
                raise GraderFault(f"Solution {own.id} was not passed: {result}")
        watching.cancel()
    return pairs


def _compare_raising(kata: Kata, dojo: Path, scratch: Path, rounds: int) -> Figure:
    folder = scratch / "raising" / "app"
    folder.mkdir(parents=True)
    (folder / "main.py").write_text(_RAISING)
    raising = [str(dojo), "check", kata.id, "--submission", str(folder.parent)]
    right = [str(dojo), "check", kata.id, "--solution"]
    ratio, detail = compare(
        Command(raising, kata.root, status=1), Command(right, kata.root), rounds
    )
    return Figure("a submission that raises / a right one", ratio, "x", most=1.3, detail=detail)


async def _measure_wall() -> list[Figure]:
    opened, asked = [], []
    with open_run_folder() as folder:
        package = folder.stage / "app"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "main.py").write_text(_EMPTY)
        snapshot = SnapshotProcess(folder, ExecLauncher())
        snapshot.request_import(ImportRequest("app.main:app", ["kata"]))
        for _ in range(12):
            started = time.perf_counter()
            host = await Host.open(snapshot)
            await host.start()
            opened.append(time.perf_counter() - started)
            async with open_client(host) as client:
                await client.get("/")
                started = time.perf_counter()
                for _ in range(50):
                    await client.get("/")
                asked.append((time.perf_counter() - started) / 50)
            host.close()
        snapshot.close()
    ready = statistics.median(opened[1:]) * 1000  # the first one waits for the import
    request = statistics.median(asked) * 1000
    return [
        Figure("a host for a further criterion is ready", ready, "ms", most=30),
        Figure("a request through the wall", request, "ms", most=1),
    ]


FIRST = ("01_first_api", "02_blocking_route", "03_dependencies")
WARM = ("01_first_api", "03_dependencies")
"""Katas with criteria that wait for nothing."""

SEED = "bench"
REPETITIONS = 3
SUBMISSIONS = 3
"""Graded between two looks at the CPU, of which the kernel tells hundredths of a second."""


def measure_proof(root: Path, rounds: int) -> Iterator[Figure]:
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
    with open_temporary_folder() as folder:
        staged = folder / kata.id
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


KATA = "03_dependencies"
COPIES = 400
MANY = 2000
BARE_COPIES = 40
JOBS = 2
LEAST = 5.0
"""What fresh copies for each criterion can reach at most is 9 times a pytest process each."""

_BROKEN = "from fastapi import FastAPI\n\napp = FastAPI(\n"


@dataclass(frozen=True)
class GradedCohort:
    """One run of `grade`: its seconds, when each result came, the memory along the way."""

    seconds: float
    written: Sequence[float]
    resident: Sequence[int]

    def measure_pace(self) -> float:
        """Give the milliseconds of one worker for a submission, once all workers are warm."""
        tenth = len(self.written) // 10
        seconds = self.written[-1] - self.written[tenth]
        return seconds / (len(self.written) - tenth) * JOBS * 1000

    def measure_growth(self) -> float:
        """Compare the time for a submission at the end with that at the start, in percent."""
        tenth = len(self.written) // 10
        first = self.written[2 * tenth] - self.written[tenth]  # the first tenth starts workers
        last = self.written[-1] - self.written[-1 - tenth]
        return (last / first - 1) * 100

    def measure_memory(self) -> float:
        """Compare the resident memory of the last quarter with that of the second, in percent."""
        quarter = len(self.resident) // 4
        early = statistics.median(self.resident[quarter : 2 * quarter])
        return (statistics.median(self.resident[-quarter:]) / early - 1) * 100


def measure_cohort(root: Path, rounds: int) -> Iterator[Figure]:
    """Grade copies of right, wrong, broken and mixed submissions; `rounds` plays no part."""
    del rounds
    kata = Catalogue(root).find(KATA)
    with open_temporary_folder() as scratch:
        sources = _make_sources(kata, scratch / "sources")
        alone = _measure_alone(kata, sources, scratch / "alone")
        yield from _compare(kata, sources, scratch, alone)
        yield from _measure_many(kata, sources, scratch)


def _make_sources(kata: Kata, folder: Path) -> list[Path]:
    """Make what a class hands in: right, wrong in many ways, not begun, not even Python."""
    cases = list(list_cases(kata, folder))
    broken = folder / "broken"
    shutil.copytree(kata.stub / "app", broken / "app")
    (broken / "app" / "main.py").write_text(_BROKEN)
    right = [each.source for each in cases if each.kind in ("solution", "accepted")]
    wrong = [each.source for each in cases if each.kind == "wrong"]
    unusable = [kata.stub, broken]
    return [
        source
        for group in itertools.zip_longest(right * 3, wrong, unusable * 9)
        for source in group
        if source is not None
    ]


def _measure_alone(kata: Kata, sources: Sequence[Path], folder: Path) -> float:
    """Give the submissions a second that a pytest process for each grades, two at a time."""
    staged = []
    for number, source in enumerate(itertools.islice(itertools.cycle(sources), BARE_COPIES)):
        stage(kata.stub, source, kata.file.editable, folder / str(number))
        staged.append(folder / str(number))
    _run_pytest(staged[0])  # fills caches
    started = time.perf_counter()
    with ThreadPoolExecutor(JOBS) as executor:
        list(executor.map(_run_pytest, staged))
    return BARE_COPIES / (time.perf_counter() - started)


def _run_pytest(staged: Path) -> None:
    options = ["-q", "-pno:cacheprovider", f"--rootdir={staged}", "-c/dev/null"]
    command = [sys.executable, "-m", "pytest", *options, "--import-mode=importlib", "-Wignore"]
    subprocess.run(
        [*command, str(BARE / f"test_{KATA}.py")],
        cwd=staged,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True,
        timeout=300,
        check=False,
    )


def _compare(kata: Kata, sources: Sequence[Path], scratch: Path, alone: float) -> Iterator[Figure]:
    paces = {}
    for mode in ("basic", "full"):
        run = _grade(kata, _hand_in(sources, COPIES, scratch / f"in-{mode}"), scratch, mode)
        paces[mode] = run.measure_pace()
        throughput = COPIES / run.seconds
        detail = f"{throughput:.1f} against {alone:.1f} submissions a second"
        name = f"grade, isolation {mode} / a pytest process each"
        yield Figure(name, throughput / alone, "x", least=LEAST, detail=detail)
    cost = paces["full"] - paces["basic"]
    detail = f"{paces['full']:.0f} ms against {paces['basic']:.0f} ms"
    yield Figure("what the sandbox costs a submission", cost, "ms", most=15, detail=detail)


def _measure_many(kata: Kata, sources: Sequence[Path], scratch: Path) -> Iterator[Figure]:
    run = _grade(kata, _hand_in(sources, MANY, scratch / "in-many"), scratch, "full")
    detail = f"{MANY} submissions in {run.seconds:.0f} s"
    growth = run.measure_growth()
    yield Figure("time for a submission, end / start", growth, "% more", most=10, detail=detail)
    sizes = f"{min(run.resident) >> 10} to {max(run.resident) >> 10} MiB"
    memory = run.measure_memory()
    yield Figure("resident memory, end / start", memory, "% more", most=10, detail=sizes)


def _hand_in(sources: Sequence[Path], count: int, folder: Path) -> Path:
    for number, source in zip(range(count), itertools.cycle(sources)):
        shutil.copytree(source / "app", folder / f"student {number:05}" / "app")
    return folder


def _grade(kata: Kata, submissions: Path, scratch: Path, mode: str) -> GradedCohort:
    out = scratch / f"out-{submissions.name}"
    options = ["--kata", kata.id, "--out", str(out), "--jobs", str(JOBS), "--isolation", mode]
    command = [sys.executable, "-m", "dojo", "grade", str(submissions), *options]
    resident = []
    started = time.perf_counter()
    with subprocess.Popen(
        [*command, "--i-trust-these-submissions"], cwd=kata.root, stdout=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            resident.append(_read_resident(process.pid))
            time.sleep(0.25)
    seconds = time.perf_counter() - started
    if process.returncode != 0:
        raise RuntimeError(f"`nox -s grade` ended with exit code {process.returncode}.")
    written = sorted(path.stat().st_mtime for path in out.glob("results/*/*/report.json"))
    return GradedCohort(seconds, written, [each for each in resident if each])


def _read_resident(pid: int) -> int:
    """Give the resident memory of a process in KiB, 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
