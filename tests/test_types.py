"""The types of what learners and graders read: stubs, solutions and graders.

All of them are called `app` or `test_<noun>`, so each is laid out in a folder of its own and a
single run of mypy checks them together.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dojo.model.catalogue import Catalogue, Kata
from dojo.model.file_trees import SubmissionUnreadable
from dojo.model.staging import stage

ROOT = Path(__file__).parent.parent
KATAS = Catalogue(ROOT).katas


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Give the lines in which mypy finds fault, each begins with a kata's id."""
    trees = tmp_path_factory.mktemp("types")
    unreadable = [fault for kata in KATAS for fault in lay_out(kata, trees / f"kata_{kata.id}")]
    command = [sys.executable, "-m", "mypy", "--explicit-package-bases", "."]
    command += [f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={ROOT / '.mypy_cache'}"]
    run = subprocess.run(command, cwd=trees, capture_output=True, text=True, check=False)
    assert run.returncode in {0, 1}, run.stdout + run.stderr
    lines = [line.removeprefix("kata_") for line in run.stdout.splitlines()]
    return unreadable + [line for line in lines if ": error:" in line]


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.id)
def test_kata_is_strictly_typed(kata: Kata, findings: list[str]) -> None:
    """Stub, solution and grader of a kata pass the strict checks of mypy."""
    faults = [line for line in findings if line.startswith(kata.id)]

    assert not faults, "\n".join(faults)


def lay_out(kata: Kata, folder: Path) -> Iterator[str]:
    """Copy the three trees of a kata, the solution completed by the given files; give faults."""
    # submissions hold only the files that differ
    graders = shutil.ignore_patterns("submissions", "__pycache__")
    try:
        for name, source in (("stub", kata.stub), ("solution", kata.solution)):
            stage(kata.stub, source, kata.file.editable, folder / name)
        shutil.copytree(kata.grader, folder / "grader", ignore=graders)
    except (SubmissionUnreadable, OSError) as fault:
        yield f"{kata.id}: {fault}"
