"""What honest submissions do goes on working in a confinement."""

import pytest

from dojo.harness.http_client import exchange_of
from dojo.proof.equivalent_modules import HABITS, Habit
from dojo.runner.grading import is_refusal

from ..conftest import fetch
from .conftest import OpenConfined

DEEDS = """
    import os, shutil, sqlite3, tempfile, threading
    from pathlib import Path

    from fastapi import FastAPI

    app = FastAPI()

    def write():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "text")
            path.write_text("kept")
            copy = shutil.copy2(path, path.with_name("copy"))
            return Path(copy).read_text()

    def store():
        with sqlite3.connect("rows.sqlite3") as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE rows (number INTEGER)")
            connection.execute("INSERT INTO rows VALUES (1)")
            return connection.execute("SELECT count(*) FROM rows").fetchone()[0]

    def work_in_threads():
        found = []
        threads = [threading.Thread(target=found.append, args=(1,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(found)

    @app.get("/")
    def do_all():
        own = os.access(__file__, os.R_OK) and Path(__file__).read_text()[:6]
        return [write(), store(), work_in_threads(), own]
"""


async def test_ordinary_deeds_succeed(open_confined: OpenConfined) -> None:
    """Temporary files, copies with their metadata, SQLite, threads and own files are there."""
    host = await open_confined(DEEDS).open()

    assert (await fetch(host)).json() == ["kept", 1, 20, "import"]


async def test_static_files_are_served(open_confined: OpenConfined) -> None:
    """A library that looks for its configuration in the system finds it, or finds nothing."""
    text = """
        from pathlib import Path
        from fastapi import FastAPI
        from fastapi.staticfiles import StaticFiles

        Path("pages").mkdir()
        Path("pages/page.html").write_text("a page")
        app = FastAPI()
        app.mount("/", StaticFiles(directory="pages"))
    """
    response = await fetch(await open_confined(text).open(), "/page.html")

    assert (response.text, response.headers["content-type"]) == (
        "a page",
        "text/html; charset=utf-8",
    )


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.name)
async def test_habits_at_import_succeed(open_confined: OpenConfined, habit: Habit) -> None:
    """What honest programs do while they are imported, they may."""
    text = f"{habit.code}from fastapi import FastAPI\napp = FastAPI()\n"

    host = await open_confined(text).open()

    assert (await fetch(host, "/openapi.json")).status_code == 200


@pytest.mark.parametrize(
    "deed",
    [
        "Path('/tmp/kata-log').write_text('line')",
        "Path(__file__).with_name('logs').mkdir()",
        "subprocess.run(['git', '--version'])",
    ],
)
async def test_refusal_is_recognised(open_confined: OpenConfined, deed: str) -> None:
    """What the profile refuses raises what is told to a learner as the work of the isolation."""
    text = f"""
        import subprocess
        from pathlib import Path
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        def do():
            {deed}
    """
    response = await fetch(await open_confined(text).open(), "/")

    assert is_refusal(str(exchange_of(response).raised))
