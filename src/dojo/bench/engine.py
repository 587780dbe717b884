"""Engine: what one check costs beside a bare pytest, and what the wall costs."""

import asyncio
import contextlib
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ..catalogue import Catalogue, Kata
from ..submissions.staging import stage
from ..wall.bases import Base, Order
from ..wall.folders import open_run_folder
from ..wall.hosts import Host
from ..wall.launches import ExecLauncher
from ..wall.transport import open_client
from ..warm.live_grading import grade_saves
from .measuring import Command, Figure, compare, describe_pairs

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


def measure(root: Path, rounds: int) -> Iterator[Figure]:
    """Compare checks with a bare pytest, `rounds` times each, and look at the wall."""
    catalogue = Catalogue(root)
    dojo = Path(sys.executable).with_name("dojo")
    with tempfile.TemporaryDirectory(prefix="dojo-") as scratch:
        for name in COMPARED:
            yield from _compare_with_pytest(catalogue.find(name), dojo, Path(scratch), rounds)
        yield _compare_raising(catalogue.find(COMPARED[0]), dojo, Path(scratch), rounds)
        yield _compare_saves(catalogue.find(COMPARED[1]), Path(scratch), rounds)
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
    for folder in (kata.exercise, kata.grader):
        shutil.copytree(folder, own.root / folder.relative_to(kata.root))
    shutil.copytree(kata.solution / "app", own.exercise / "app", dirs_exist_ok=True)
    pairs = []
    with contextlib.closing(grade_saves(own)) as saves:
        next(saves).result()  # starts the worker
        for _ in range(rounds):
            started = time.perf_counter()
            with (own.exercise / kata.file.editable[0]).open("a") as file:
                file.write("\n")
            next(saves).result()
            pairs.append((time.perf_counter() - started, bare.run()))
    ratio, detail = describe_pairs(pairs)
    name = f"from a saved file to the report of {kata.number} / bare pytest"
    return Figure(name, ratio, "x", most=0.35, detail=detail)


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
        base = Base(folder, ExecLauncher())
        base.order(Order("app.main:app", ["kata"]))
        for _ in range(12):
            started = time.perf_counter()
            host = await Host.open(base)
            await host.start()
            opened.append(time.perf_counter() - started)
            async with open_client(host) as client:
                await client.get("/")
                started = time.perf_counter()
                for _ in range(50):
                    await client.get("/")
                asked.append((time.perf_counter() - started) / 50)
            host.close()
        base.close()
    ready = statistics.median(opened[1:]) * 1000  # the first one waits for the import
    request = statistics.median(asked) * 1000
    return [
        Figure("a host for a further criterion is ready", ready, "ms", most=30),
        Figure("a request through the wall", request, "ms", most=1),
    ]
