"""The count of objects counts living objects, so that what is left behind shows as growth."""

from dojo.harness.hosts import Host

from ..conftest import OpenSubmission, fetch

APP = """
    import asyncio
    import gc
    import weakref
    from fastapi import FastAPI

    class Note:
        pass

    app = FastAPI()
    kept = [Note()]
    tasks = set()
    words = set()

    @app.get("/keep")
    async def keep() -> None:
        kept.append(Note())

    @app.get("/freeze")
    async def freeze() -> None:
        kept.append(Note())
        gc.freeze()

    @app.get("/blind")
    async def blind() -> None:
        kept.append(Note())
        gc.get_objects = list

    @app.get("/name/{word}")
    async def name(word: str) -> None:
        words.add(word)

    @app.get("/forget/{word}")
    async def forget(word: str) -> None:
        words.discard(word)

    @app.get("/drop")
    async def drop() -> None:
        note = Note()
        note.itself = note

    @app.get("/wait")
    async def wait() -> None:
        tasks.add(asyncio.create_task(asyncio.Event().wait()))
"""

NOTE = "app.main.Note"
TASK = "_asyncio.Task"


async def count_growth(host: Host, path: str, name: str) -> int:
    """Count how many objects of a type three requests leave behind."""
    await fetch(host, path)
    before = await host.count_objects()
    for _ in range(3):
        await fetch(host, path)
    return (await host.count_objects()).get(name, 0) - before.get(name, 0)


async def test_kept_objects_are_counted(open_submission: OpenSubmission) -> None:
    """Every object that is kept shows."""
    host = await open_submission(APP).open()

    assert await count_growth(host, "/keep", NOTE) == 3


async def test_frozen_objects_show(open_submission: OpenSubmission) -> None:
    """What the submission hides from the collector counts, though not by its type."""
    host = await open_submission(APP).open()

    assert await count_growth(host, "/freeze", "gc.frozen") >= 3


async def test_replaced_collector_hides_nothing(open_submission: OpenSubmission) -> None:
    """A submission that replaces what lists objects is counted like any other."""
    host = await open_submission(APP).open()

    assert await count_growth(host, "/blind", NOTE) == 3


async def test_garbage_is_not_counted(open_submission: OpenSubmission) -> None:
    """What nothing refers to but itself is no leak."""
    host = await open_submission(APP).open()

    assert await count_growth(host, "/drop", NOTE) == 0


async def test_pending_tasks_are_counted(open_submission: OpenSubmission) -> None:
    """A task that goes on waiting is an object like any other."""
    host = await open_submission(APP).open()

    assert await count_growth(host, "/wait", TASK) == 3


async def test_copies_start_near_nothing(open_submission: OpenSubmission) -> None:
    """What existed before the copy was made does not count."""
    host = await open_submission(APP).open()

    assert NOTE not in await host.count_objects()


async def test_ended_requests_leave_nothing(open_submission: OpenSubmission) -> None:
    """Requests that are over are not kept alive by the host itself."""
    host = await open_submission(APP).open()
    await fetch(host, "/drop")
    await host.count_objects()  # counting for the first time fills caches
    before = await host.count_objects()
    for _ in range(10):
        await fetch(host, "/drop")
    after = await host.count_objects()

    assert {name for name in after if after[name] - before.get(name, 0) >= 10} == set()


async def count_block_growth(host: Host, path: str) -> int:
    """Count how many blocks of memory the second hundred of requests leaves behind."""
    counts = [await host.count_blocks()]  # counting for the first time fills caches
    for number in range(200):
        if number % 100 == 0:
            counts.append(await host.count_blocks())
        await fetch(host, f"{path}/word-{number}")
    return await host.count_blocks() - counts[-1]


async def test_kept_text_shows(open_submission: OpenSubmission) -> None:
    """Text is no object that the collector lists; that it is kept shows all the same."""
    host = await open_submission(APP).open()

    assert await count_block_growth(host, "/name") >= 90


async def test_dropped_text_leaves_little(open_submission: OpenSubmission) -> None:
    """Text that nobody keeps is no growth to speak of."""
    host = await open_submission(APP).open()

    assert await count_block_growth(host, "/forget") < 50
