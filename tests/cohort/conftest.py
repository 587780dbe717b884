"""A repository with two small katas, and students who hand in."""

import os
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import from_json

from dojo.__main__ import run
from dojo.model.reports import Report
from dojo.runner.grading import Job, digest_grader
from dojo.runner.pool import Pool

from ..proof.conftest import GRADER, KATA, README, SOLUTION, STUB

LAMP = "07_lamp"
TORCH = "08_torch"
RIGHT = SOLUTION
WRONG = SOLUTION.replace("False", "True")
BROKEN = "import nothing_like_this\n"
TRUSTING = ("--isolation", "basic", "--i-trust-these-submissions", "--jobs", "1")


@dataclass(frozen=True)
class Ended:
    """What a command has told: its exit code and what it wrote."""

    code: int
    out: str
    err: str


class LastingPool(Pool):
    """A pool that outlives runs: starting its worker is most of what a small run costs.

    It grades with the graders in `root`, which no test changes.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(2)  # one for each kata
        self._root = root

    def __exit__(self, *error: object) -> None:
        """Stay open."""

    def submit(self, job: Job) -> "Future[Report]":
        """Grade a job with the unchanged kata of the same name."""
        kata = replace(job.kata, root=self._root)
        same = digest_grader(kata) == digest_grader(job.kata)
        assert same, "A test that changes a grader calls `cohort.use_own_workers()` first."
        return super().submit(replace(job, kata=kata))


class Cohort:
    """A folder of submissions, and the results of grading them."""

    def __init__(
        self, root: Path, capture: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._monkeypatch = monkeypatch
        self.root = root
        self.folder = root / "handed in"
        self.folder.mkdir()
        self.out = root / "results"
        self._capture = capture

    def use_own_workers(self) -> None:
        """Grade with workers that each run starts and ends, and with this repository's graders."""
        self._monkeypatch.setattr("dojo.runner.cohort_tasks.Pool", Pool)

    def hand_in(self, name: str, source: str = RIGHT, layout: str = "app") -> Path:
        """Hand in a folder; give it."""
        path = self.folder / name
        (path / layout).mkdir(parents=True)
        (path / layout / "main.py").write_text(source, "utf-8")
        return path

    def hand_in_archive(self, name: str, source: str = RIGHT, layout: str = "app") -> Path:
        """Hand in a zip file; give it."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{layout}/main.py", source)
        return path

    def grade(self, *arguments: str) -> Ended:
        """Grade what was handed in, for the lamp kata unless others are named."""
        katas = () if "--kata" in arguments else ("--kata", LAMP)
        return self.call("grade", str(self.folder), *katas, *arguments)

    def call(self, command: str, *arguments: str) -> Ended:
        """Run a command that grades."""
        out = () if "--out" in arguments or command == "regrade" else ("--out", str(self.out))
        code = run([command, *TRUSTING, *out, *arguments])
        written = self._capture.readouterr()
        return Ended(code, written.out, written.err)

    def enter(self, out: Path, export: Path, *arguments: str) -> Ended:
        """Put the points of a run into an exported gradebook."""
        code = run(["gradebook", str(out), "--into", str(export), *arguments])
        written = self._capture.readouterr()
        return Ended(code, written.out, written.err)

    def compare(self, out: Path, target: Path) -> Ended:
        """Compare the submissions of a run."""
        code = run(["similarity", str(out), "--to", str(target)])
        written = self._capture.readouterr()
        return Ended(code, written.out, written.err)

    def read(self, kata: str = LAMP, out: Path | None = None) -> dict[str, Any]:
        """Read the results for one kata by student."""
        paths = (out or self.out).glob(f"results/*/{kata}/report.json")
        results = [from_json(path.read_bytes()) for path in paths]
        return {each["student"]: each for each in results}

    def read_statuses(self, kata: str = LAMP) -> dict[str, str]:
        """Read how it ended for each student."""
        return {student: each["status"] for student, each in sorted(self.read(kata).items())}


def write_kata(root: Path, kata: str) -> None:
    """Write all files of a kata that are needed for grading."""
    files = {
        f"exercises/{kata}/kata.toml": KATA,
        f"exercises/{kata}/README.md": README,
        f"exercises/{kata}/app/main.py": STUB,
        f"exercises/{kata}/.stub/app/main.py": STUB,
        f"solutions/{kata}/app/main.py": SOLUTION,
        f"graders/{kata}/test_{kata[3:]}.py": GRADER,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")


def write_repository(root: Path) -> Path:
    """Write a repository with two katas; give it."""
    (root / "noxfile.py").touch()
    write_kata(root, LAMP)
    write_kata(root, TORCH)
    return root


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    """Give a repository with two katas as the current folder."""
    write_repository(tmp_path)
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


@pytest.fixture(scope="session")
def lasting_pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LastingPool]:
    """Give the workers that runs within this process share."""
    pool = LastingPool(write_repository(tmp_path_factory.mktemp("unchanged")))
    yield pool
    pool.close()


@pytest.fixture
def cohort(
    repository: Path,
    lasting_pool: LastingPool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Cohort:
    """Give a cohort in which nobody has handed in."""
    monkeypatch.setattr("dojo.runner.cohort_tasks.Pool", lambda *_: lasting_pool)
    return Cohort(repository, capsys, monkeypatch)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Give a file in which submissions note that they are imported."""
    return tmp_path / "imports.txt"


def note_import(log: Path, student: str) -> str:
    """Give lines of a submission that note its import."""
    return f"open({str(log)!r}, 'a').write({student!r} + '\\n')\n"
