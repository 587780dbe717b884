"""Every copy of a submission starts from the state right after the import, whatever came before."""

from ..conftest import OpenSubmission, fetch

COUNTER = """
    import logging, os, random
    from pathlib import Path

    from fastapi import FastAPI

    app = FastAPI()
    visits = 0
    print("imported")
    logging.getLogger("kata.import").info("done")
    with open("imports.txt", "a") as file:
        file.write("x")

    @app.get("/visits")
    async def count_visits() -> int:
        global visits
        visits += 1
        return visits

    @app.get("/random")
    async def draw() -> float:
        return random.random()

    @app.get("/imports")
    async def count_imports() -> int:
        return len(Path("imports.txt").read_text())

    @app.put("/note")
    async def write_note(text: str) -> None:
        Path("note.txt").write_text(text)

    @app.get("/note")
    async def read_note() -> str:
        return Path("note.txt").read_text()

    @app.get("/branch")
    async def read_branch() -> str | None:
        return os.environ.get("BRANCH")
"""
THREADED = """
    import threading
    from fastapi import FastAPI

    app = FastAPI()
    worker = threading.Thread(target=threading.Event().wait, daemon=True)
    worker.start()

    @app.get("/worker")
    async def is_alive() -> bool:
        return worker.is_alive()
"""


async def test_module_state_starts_anew(open_submission: OpenSubmission, fork: bool) -> None:
    """What one copy counts in a module, the next one does not find."""
    submission = open_submission(COUNTER, fork=fork)
    first = await submission.open()
    await fetch(first, "/visits")

    second = await submission.open()

    assert (await fetch(second, "/visits")).text == "1"
    assert (await fetch(first, "/visits")).text == "2"


async def test_random_state_differs(open_submission: OpenSubmission, fork: bool) -> None:
    """Two copies draw different random numbers."""
    submission = open_submission(COUNTER, fork=fork)
    first, second = await submission.open(), await submission.open()

    assert (await fetch(first, "/random")).text != (await fetch(second, "/random")).text


async def test_forked_copies_share_one_import(open_submission: OpenSubmission) -> None:
    """Where copies are forked, the submission is imported once."""
    submission = open_submission(COUNTER)
    await submission.open()

    second = await submission.open()

    assert (await fetch(second, "/imports")).text == "1"


async def test_new_process_imports_again(open_submission: OpenSubmission) -> None:
    """Where copies are not forked, each one imports the submission for itself."""
    submission = open_submission(COUNTER, fork=False)
    await submission.open()

    second = await submission.open()

    assert (await fetch(second, "/imports")).text == "2"


async def test_import_is_told_once(open_submission: OpenSubmission, fork: bool) -> None:
    """Each copy's evidence begins with what its own import reported, and with no other's."""
    submission = open_submission(COUNTER, fork=fork)
    await submission.open()

    second = await submission.open()

    assert len(second.evidence.logs("kata.import")) == 1


async def test_threads_prevent_forking(open_submission: OpenSubmission) -> None:
    """A thread started at import is alive in every copy: a fork would have lost it."""
    submission = open_submission(THREADED)
    first, second = await submission.open(), await submission.open()

    assert [(await fetch(host, "/worker")).text for host in (first, second)] == ["true", "true"]


async def test_hosts_serve_side_by_side(open_submission: OpenSubmission, fork: bool) -> None:
    """Two copies work at the same time, each in the state and environment of its own."""
    submission = open_submission(COUNTER, fork=fork)
    north, south = await submission.open(BRANCH="north"), await submission.open(BRANCH="south")

    answers = [(await fetch(host, "/branch")).json() for host in (north, south, north)]

    assert answers == ["north", "south", "north"]
    assert north.pid != south.pid


async def test_hosts_share_their_files(open_submission: OpenSubmission, fork: bool) -> None:
    """Two copies work on the same data: what one writes the other reads at once."""
    submission = open_submission(COUNTER, fork=fork)
    first, second = await submission.open(), await submission.open()

    for writer, reader in ((first, second), (second, first)):
        await fetch(writer, f"/note?text={writer.pid}", method="PUT")

        assert (await fetch(reader, "/note")).json() == str(writer.pid)
