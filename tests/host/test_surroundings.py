"""A submission finds a clean environment: nothing of the caller's but the libraries."""

import os
from pathlib import Path

import pytest

from dojo.host.fork_server import PROCESSORS

from ..conftest import OpenSubmission, fetch

APP = """
    import asyncio, locale, multiprocessing, os, sys, tempfile, threading, time
    from pathlib import Path
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/environment")
    def read_environment() -> dict[str, str]:
        return dict(os.environ)

    @app.get("/folders")
    def read_folders() -> list[str]:
        return [os.getcwd(), str(Path.home()), tempfile.gettempdir()]

    @app.get("/process")
    def read_process() -> dict[str, object]:
        return {
            "flags": [sys.flags.safe_path, sys.flags.no_user_site, sys.flags.utf8_mode],
            "input": sys.stdin.read(),
            "leader": os.getpgid(0) == os.getpid(),
            "session": os.getsid(0),
            "path": sys.path,
        }

    @app.get("/machine")
    def read_machine() -> dict[str, object]:
        counts = {os.cpu_count(), multiprocessing.cpu_count()}
        if hasattr(os, "process_cpu_count"):
            counts.add(os.process_cpu_count())
        if hasattr(os, "sched_getaffinity"):
            counts.add(len(os.sched_getaffinity(0)))
        return {
            "processors": counts,
            "hash": hash("price"),
            "order": list({"bread", "milk", "salt", "tea"}),
            "zone": time.tzname,
            "offset": time.timezone,
            "locale": locale.setlocale(locale.LC_ALL, ""),
            "encoding": locale.getpreferredencoding(),
        }

    @app.get("/threads")
    async def meet_in_threads(count: int) -> int:
        barrier = threading.Barrier(count)
        await asyncio.gather(*(asyncio.to_thread(barrier.wait) for _ in range(count)))
        return count

    @app.get("/encodings")
    def list_encodings() -> str:
        import httpx
        return httpx.Client().headers["accept-encoding"]

    @app.get("/modules")
    def list_modules() -> list[str]:
        return sorted(sys.modules)

    @app.get("/descriptors")
    def list_descriptors() -> list[str]:
        return [os.readlink(each) for each in Path("/proc/self/fd").iterdir() if each.exists()]
"""
VARIABLES = {
    "HOME",
    "LANG",
    "LOGNAME",
    "MALLOC_ARENA_MAX",
    "PATH",
    "PYTHONHASHSEED",
    "TMPDIR",
    "TZ",
}


async def test_callers_variables_stay_outside(
    open_submission: OpenSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No variable of the caller's gets into a host, whatever it is called."""
    monkeypatch.setenv("CANARY_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("LD_PRELOAD_CANARY", "secret")
    host = await open_submission(APP, anew=True).open()

    environment = (await fetch(host, "/environment")).json()

    assert set(environment) == VARIABLES


async def test_folders_are_the_runs_own(open_submission: OpenSubmission, fork: bool) -> None:
    """Working folder, home and temporary folder are one folder of this run."""
    submission = open_submission(APP, fork=fork)
    host = await submission.open()

    assert (await fetch(host, "/folders")).json() == [str(submission.folder.work)] * 3


async def test_process_is_on_its_own(open_submission: OpenSubmission) -> None:
    """A host has no input, no terminal and a process group of its own."""
    submission = open_submission(APP)
    host = await submission.open()

    process = (await fetch(host, "/process")).json()

    assert process["flags"] == [True, 1, 1]
    assert process["input"] == ""
    assert process["leader"]
    assert process["session"] == submission.snapshot.pid
    assert process["session"] != os.getsid(0)


async def test_submission_is_last_on_the_path(open_submission: OpenSubmission) -> None:
    """The submission's folder is looked at after all others; the working folder is not."""
    submission = open_submission(APP)
    host = await submission.open()

    path = (await fetch(host, "/process")).json()["path"]

    assert path[-1] == str(submission.folder.stage)
    assert str(submission.folder.work) not in path
    assert "" not in path


async def test_grader_is_not_loaded(open_submission: OpenSubmission) -> None:
    """Nothing of the grader's side, nor pytest, is in a host."""
    host = await open_submission(APP).open()

    modules = (await fetch(host, "/modules")).json()

    assert not [each for each in modules if each.startswith(("dojo.harness", "dojo.grader"))]
    assert "pytest" not in modules


async def test_graders_files_are_not_inherited(
    open_submission: OpenSubmission, tmp_path: Path
) -> None:
    """A file that the grader has open is not open in a host."""
    canary = tmp_path / "canary.txt"
    with canary.open("w"):
        host = await open_submission(APP, anew=True).open()
        descriptors = (await fetch(host, "/descriptors")).json()

    assert "/dev/null" in descriptors
    assert str(canary) not in descriptors


async def test_machine_is_always_the_same(
    open_submission: OpenSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processors, hashes, time zone and locale are fixed, in a warm host and in a new one."""
    warm = await open_submission(APP).open()
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    monkeypatch.setenv("LC_ALL", "POSIX")
    anew = await open_submission(APP, anew=True).open()
    machine = (await fetch(warm, "/machine")).json()

    assert machine == (await fetch(anew, "/machine")).json()
    assert machine["processors"] == [PROCESSORS]
    assert machine["zone"] == ["UTC", "UTC"]
    assert machine["offset"] == 0
    assert "C.UTF-8" in machine["locale"]
    assert machine["encoding"].lower() == "utf-8"


async def test_default_threads_are_always_as_many(open_submission: OpenSubmission) -> None:
    """Eight calls of `asyncio.to_thread` run at the same moment, on one processor too."""
    host = await open_submission(APP).open()

    assert (await fetch(host, "/threads?count=8")).json() == 8


async def test_user_has_a_name(open_submission: OpenSubmission) -> None:
    """A user whom the machine knows by number alone has a name for those who ask."""
    host = await open_submission("""
        import getpass, pwd
        from fastapi import FastAPI

        def know_nobody(number: int) -> None:
            raise KeyError(number)

        pwd.getpwuid = know_nobody
        user = getpass.getuser()
        app = FastAPI()

        @app.get("/")
        async def read() -> str:
            return user
    """).open()

    assert (await fetch(host)).json() == "learner"


async def test_clients_accept_the_same(open_submission: OpenSubmission) -> None:
    """A package that is installed for something else changes no header of the submission's."""
    answer = await fetch(await open_submission(APP).open(), "/encodings")

    assert answer.json() == "gzip, deflate"
