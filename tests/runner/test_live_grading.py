"""Work that is saved is graded again, by a worker that was warm before."""

import shutil
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from dojo.model.catalogue import Kata
from dojo.model.reports import Outcome, Report, Status
from dojo.proof.structure import make_kata
from dojo.runner.pool import NotGradable, grade_saves

KATA = "56_long_polling"

Saves = Generator[Future[Report]]


@pytest.fixture
def kata(tmp_path: Path) -> Kata:
    """Give a kata whose exercise is not begun."""
    make_kata(tmp_path, KATA)
    return Kata(KATA, tmp_path)


@pytest.fixture
def reports(kata: Kata) -> Iterator[Saves]:
    """Give the reports of one kata, each to be waited for."""
    saves = grade_saves(kata)
    yield saves
    saves.close()


def solve(kata: Kata) -> None:
    """Save the solution in place of the learner's files."""
    shutil.copytree(kata.solution / "app", kata.exercise / "app", dirs_exist_ok=True)


def test_save_is_graded(kata: Kata, reports: Saves) -> None:
    """The first report is of the work as it is, the next one of what was saved since."""
    before = next(reports).result()
    solve(kata)
    after = next(reports).result()

    assert (before.status, after.status) == (Status.NOT_PASSED, Status.PASSED)


def test_broken_save_is_mended(kata: Kata, reports: Saves) -> None:
    """A file that cannot be imported is reported, and what mends it is graded by the next save."""
    next(reports).result()
    (kata.exercise / "app" / "main.py").write_text("from fastapi import (\n")
    broken = next(reports).result()
    solve(kata)
    mended = next(reports).result()

    assert {each.outcome for each in broken.criteria} == {Outcome.ERROR}
    assert mended.status is Status.PASSED


def test_ungradable_save_is_told(kata: Kata, reports: Saves) -> None:
    """What cannot be graded at all is told, and the next save is graded."""
    next(reports).result()
    main = kata.exercise / "app" / "main.py"
    main.unlink()
    main.symlink_to("/etc/hostname")
    with pytest.raises(NotGradable, match="link"):
        next(reports).result()
    main.unlink()
    solve(kata)

    assert next(reports).result().status is Status.PASSED
