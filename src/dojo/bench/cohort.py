"""Cohort: what many submissions cost beside a pytest process for each, and what grows with them."""

import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ..catalogue import Catalogue, Kata
from ..proof.cases import list_cases
from ..submissions.staging import stage
from .engine import BARE
from .measuring import Figure

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
    """One run of `dojo grade`: its seconds, when each result came, the memory along the way."""

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


def measure(root: Path, rounds: int) -> Iterator[Figure]:
    """Grade copies of right, wrong, broken and mixed submissions; `rounds` plays no part."""
    del rounds
    kata = Catalogue(root).find(KATA)
    with tempfile.TemporaryDirectory(prefix="dojo-") as folder:
        scratch = Path(folder)
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
        raise RuntimeError(f"`dojo grade` ended with exit code {process.returncode}.")
    written = sorted(path.stat().st_mtime for path in out.glob("results/*/*/report.json"))
    return GradedCohort(seconds, written, [each for each in resident if each])


def _read_resident(pid: int) -> int:
    """Give the resident memory of a process in KiB, 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
