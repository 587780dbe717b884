"""An app may start processes where its kata says so, they end with it, and nowhere else it can."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dojo.harness.hosts import Host
from dojo.harness.processes import adopt_orphans, end_descendants, has_ended
from dojo.harness.snapshot_process import ImportRequest
from dojo.harness.temporary_folders import RunFolder, open_run_folder
from dojo.model.catalogue import Catalogue
from dojo.runner.fork_server_launcher import ForkServerLauncher
from dojo.runner.grading import make_import_request

from ..conftest import Submission, fetch, write_files

ROOT = Path(__file__).resolve().parents[2]

DEEDS = """
    import logging
    import multiprocessing
    import os
    import signal
    import subprocess
    import sys
    import time
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("fork")


    def square(number):
        logging.getLogger("kata.child").info("squares %d", number)
        return number * number


    def end(_):
        os.kill(os.getpid(), signal.SIGKILL)


    def pool():
        with ProcessPoolExecutor(2, mp_context=context) as executor:
            return list(executor.map(square, range(20)))


    def broken_pool():
        executor = ProcessPoolExecutor(2, mp_context=context)
        try:
            executor.submit(end, 0).result()
        except BrokenProcessPool:
            executor.shutdown()
            return sum(pool())


    def queues():
        asked, answers = context.Queue(), context.JoinableQueue()
        worker = context.Process(target=lambda: answers.put(asked.get() + 1))
        worker.start()
        asked.put(1)
        answer = answers.get()
        answers.task_done()
        answers.join()
        worker.join()
        return [answer, worker.exitcode]


    def count(number, lock, event):
        event.wait()
        for _ in range(500):
            with lock:
                number.value += 1


    def locks():
        number, lock, event = context.Value("i", lock=False), context.RLock(), context.Event()
        workers = [context.Process(target=count, args=(number, lock, event)) for _ in range(3)]
        for worker in workers:
            worker.start()
        event.set()
        for worker in workers:
            worker.join()
        return number.value


    def old_pool():
        with context.Pool(2) as workers:
            return workers.map(square, [1, 2])


    def ended_by_force():
        workers = [context.Process(target=time.sleep, args=(600,)) for _ in range(2)]
        for worker in workers:
            worker.start()
        workers[0].terminate()
        workers[1].kill()
        for worker in workers:
            worker.join()
        return [worker.exitcode for worker in workers]


    def daemon():
        if os.fork() == 0:
            for _ in range(3):
                os.fork()
            time.sleep(600)


    def program():
        try:
            subprocess.run([sys.executable, "-c", ""])
        except OSError as error:
            return type(error).__name__


    def spawned():
        try:
            multiprocessing.get_context("spawn").Process(target=print).start()
        except OSError as error:
            return type(error).__name__


    def signal_others():
        reached = []
        for pid in [int(each) for each in os.environ.get("OTHERS", "").split()]:
            try:
                os.kill(pid, 0)
                reached.append(pid)
            except OSError:
                pass
        return reached


    def fork_once():
        try:
            if os.fork() == 0:
                os._exit(0)
            os.wait()
            return "forked"
        except PermissionError:
            return "refused"


    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        body = repr(globals()[scope["path"].strip("/")]()).encode()
        logging.getLogger("kata.app").info("done")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})
"""


def open_app(folder: RunFolder, launcher: ForkServerLauncher, **options: Any) -> Submission:
    """Import the app in a confinement with these options."""
    write_files(folder.stage, {"app/main.py": DEEDS})
    submission = Submission(folder, launcher)
    submission.snapshot.request_import(ImportRequest("app.main:app", ("kata",), **options))
    return submission


@pytest.fixture
async def app(fork_server: ForkServerLauncher, runs_folder: Path) -> AsyncIterator[Submission]:
    """Give the app of a kata whose apps may start processes."""
    with open_run_folder(runs_folder) as folder:
        submission = open_app(folder, fork_server, processes=True)
        yield submission
        submission.close()


@pytest.fixture
async def host(app: Submission) -> Host:
    """Give a copy of it."""
    return await app.open(start=False)


@pytest.mark.parametrize(
    ("deed", "answer"),
    [
        ("pool", [number * number for number in range(20)]),
        ("broken_pool", sum(number * number for number in range(20))),
        ("queues", [2, 0]),
        ("locks", 1500),
        ("old_pool", [1, 4]),
        ("ended_by_force", [-signal.SIGTERM, -signal.SIGKILL]),
    ],
)
async def test_processes_work_together(host: Host, deed: str, answer: object) -> None:
    """Pools, queues, pipes and locks work among forks, which can be waited for and ended."""
    assert (await fetch(host, f"/{deed}")).text == repr(answer)
    assert (await fetch(host, "/fork_once")).text == "'forked'"


async def test_children_say_nothing(host: Host) -> None:
    """Only the app itself writes to the grader's socket, so that frames do not mix."""
    await fetch(host, "/pool")

    assert [log.message for log in host.evidence.logs("kata")] == ["done"]


async def test_started_processes_end_with_copy(
    host: Host, app: Submission, fork_server: ForkServerLauncher
) -> None:
    """What a copy has started is gone as soon as the grader is done with the copy."""
    adopt_orphans()
    await fetch(host, "/daemon")
    started = host.list_started().values()
    host.kill()

    assert started
    assert end_descendants(os.getpid(), fork_server.pids | {app.snapshot.pid})
    assert all(map(has_ended, started))


@pytest.mark.parametrize("deed", ["program", "spawned"])
async def test_programs_are_refused(host: Host, deed: str) -> None:
    """Another program is started by no app, and a new Python is one."""
    assert (await fetch(host, f"/{deed}")).text == "'PermissionError'"


async def test_signals_stay_inside(app: Submission, fork_server: ForkServerLauncher) -> None:
    """A copy that may end its own processes reaches neither the grader nor the fork server."""
    others = " ".join(map(str, (os.getpid(), os.getppid(), *fork_server.pids)))
    host = await app.open(start=False, OTHERS=others)

    assert (await fetch(host, "/signal_others")).text == "[]"


async def test_other_apps_fork_nothing(
    fork_server: ForkServerLauncher, runs_folder: Path, app: Submission
) -> None:
    """From the same fork server, an app whose kata does not say so can make threads only."""
    await app.open(start=False)
    with open_run_folder(runs_folder) as folder:
        other = open_app(folder, fork_server)
        host = await other.open(start=False)

        assert (await fetch(host, "/fork_once")).text == "'refused'"
        other.close()


def test_one_kata_starts_processes() -> None:
    """The right is that of a kata whose subject it is."""
    katas = Catalogue(ROOT).katas
    allowed = [kata.id for kata in katas if make_import_request(kata, {}, True).processes]

    assert allowed == ["17_cpu_offload"]
