"""Work that is saved is graded again, by a worker that was warm before."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from dojo.learning.workspace import Workspace
from dojo.model.catalogue import Kata
from dojo.model.reports import Outcome, Report, Status
from dojo.proof.structure import make_kata
from dojo.runner import live_grading
from dojo.runner.live_grading import LiveGrading, Result
from dojo.runner.pool import NotGradable
from dojo.runner.sandbox import choose_own_mode

KATA = "56_long_polling"

ENDLESS_IMPORT = "while True: pass\n"


class Live:
    """A live grading that runs, and what it tells."""

    def __init__(self, kata: Kata) -> None:
        self.kata = kata
        self.begun: asyncio.Queue[None] = asyncio.Queue()
        self.results: asyncio.Queue[Result] = asyncio.Queue()
        self.grading = LiveGrading(
            kata,
            choose_own_mode(),
            lambda: self.begun.put_nowait(None),
            self.results.put_nowait,
        )

    async def next(self) -> Report:
        """Wait for the next report."""
        result = await self.results.get()
        assert isinstance(result, Report), result
        return result

    async def pass_at_last(self) -> bool:
        """Wait for a report of what passes: those of states on the way there may come first."""
        while (await self.next()).status is not Status.PASSED:
            pass
        return True


@pytest.fixture
def kata(tmp_path: Path) -> Kata:
    """Give a kata whose exercise is not begun."""
    make_kata(tmp_path, KATA)
    return Kata(KATA, tmp_path)


@pytest.fixture
async def live(kata: Kata) -> AsyncIterator[Live]:
    """Give a live grading that is over with the test."""
    live = Live(kata)
    async with live.grading:
        running = asyncio.create_task(live.grading.run())
        yield live
        running.cancel()


def solve(kata: Kata) -> None:
    """Save the solution in place of the learner's files."""
    shutil.copytree(kata.solution / "app", kata.exercise / "app", dirs_exist_ok=True)


def find_main(kata: Kata) -> Path:
    """Give the file in which the app is."""
    return kata.exercise / "app" / "main.py"


async def test_save_is_graded(kata: Kata, live: Live) -> None:
    """The first report is of the work as it is, the next one of what was saved since."""
    before = await live.next()
    solve(kata)
    after = await live.next()

    assert (before.status, after.status) == (Status.NOT_PASSED, Status.PASSED)


async def test_each_save_has_inputs_of_its_own(kata: Kata, live: Live) -> None:
    """As in a check, nothing can be written for the values of the last time."""
    before = await live.next()
    solve(kata)
    after = await live.next()

    assert before.seed != after.seed


async def test_broken_save_is_mended(kata: Kata, live: Live) -> None:
    """A file that cannot be imported is reported, and what mends it is graded by the next save."""
    await live.next()
    find_main(kata).write_text("from fastapi import (\n")
    broken = await live.next()
    solve(kata)
    mended = await live.next()

    assert {each.outcome for each in broken.criteria} == {Outcome.ERROR}
    assert mended.status is Status.PASSED


async def test_newest_save_wins(kata: Kata, live: Live) -> None:
    """What is graded when another save comes is ended without a word."""
    await live.next()
    await live.begun.get()
    find_main(kata).write_text(ENDLESS_IMPORT)
    await live.begun.get()
    solve(kata)
    await live.begun.get()

    assert (await live.next()).status is Status.PASSED
    assert live.results.empty()


async def test_worker_outlives_what_it_ends(kata: Kata, live: Live) -> None:
    """A grading is ended inside of the worker: no other one is started for the next save."""
    await live.next()
    await live.begun.get()
    worker = live.grading._worker
    find_main(kata).write_text(ENDLESS_IMPORT)
    await live.begun.get()
    solve(kata)
    await live.next()

    assert worker is not None
    assert live.grading._worker is worker


async def test_save_by_renaming_is_graded(kata: Kata, live: Live) -> None:
    """An editor may write another file, and put that in the place of the first one."""
    await live.next()
    draft = find_main(kata).with_name("main.py.new")
    shutil.copy(kata.solution / "app" / "main.py", draft)
    draft.replace(find_main(kata))

    assert await live.pass_at_last()


async def test_deleted_file_is_told(kata: Kata, live: Live) -> None:
    """Without `main.py` there is a verdict, which says so."""
    await live.next()
    find_main(kata).unlink()
    report = await live.next()

    assert report.status is Status.NOT_PASSED
    assert any("main.py' is missing" in each for each in report.notices)


async def test_replaced_folder_is_graded(kata: Kata, live: Live) -> None:
    """A swap puts another folder in the place of `app/`; files in that one are seen as well."""
    await live.next()
    Workspace(kata.exercise, kata.root / ".dojo").swap_in(kata.solution)
    swapped = await live.next()
    find_main(kata).write_text("from fastapi import (\n")
    broken = await live.next()

    assert swapped.status is Status.PASSED
    assert broken.status is Status.NOT_PASSED


async def test_ungradable_save_is_told(kata: Kata, live: Live) -> None:
    """What cannot be graded at all is told, and the next save is graded."""
    await live.next()
    main = find_main(kata)
    main.unlink()
    main.symlink_to("/etc/hostname")
    while isinstance(result := await live.results.get(), Report):
        pass  # perhaps one of the moment in which there was no file
    main.unlink()
    solve(kata)

    assert isinstance(result, NotGradable)
    assert "link" in str(result)
    assert await live.pass_at_last()


async def test_saves_are_found_without_events(kata: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system gives no watch the files are looked at again and again."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError("OS file watch limit reached.")

    monkeypatch.setattr(live_grading, "awatch", refuse)
    monkeypatch.setattr(live_grading, "LOOK_EVERY", 0.01)
    found = 0
    async for _ in live_grading.list_saves(kata.exercise):
        found += 1
        find_main(kata).write_text(f"number = {'1' * found}\n")
        if found == 3:
            break

    assert find_main(kata).read_text() == "number = 111\n"


@pytest.mark.parametrize("name", ["__pycache__/main.cpython-311.pyc", ".main.py.swp", "main.py~"])
async def test_what_is_no_work_is_no_save(
    kata: Kata, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Compiled files and an editor's own ones change nothing; the next real save is seen."""
    looks = 0

    async def watch(*_: object, **__: object) -> AsyncIterator[Any]:
        nonlocal looks
        for path in (find_main(kata).parent / name, find_main(kata)):
            path.parent.mkdir(exist_ok=True)
            path.write_text("one = 1\n")
            looks += 1
            yield set()

    monkeypatch.setattr(live_grading, "awatch", watch)
    saves = live_grading.list_saves(kata.exercise)
    await anext(saves)
    await anext(saves)

    assert looks == 2
