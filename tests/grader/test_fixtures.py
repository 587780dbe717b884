"""What a criterion can ask for by naming it."""

import pytest

from .conftest import RunGrader

APP = """
    import os, time
    from contextlib import asynccontextmanager
    from fastapi import FastAPI

    @asynccontextmanager
    async def lifespan(app):
        yield {"started": True}

    app = FastAPI(lifespan=lifespan)
    visits = []

    @app.get("/visits")
    async def count_visits() -> int:
        visits.append(1)
        return len(visits)

    @app.get("/branch")
    async def read_branch() -> str:
        return os.environ["BRANCH"]

    @app.get("/time")
    async def read_time() -> float:
        return time.time()
"""
CRITERIA = '''
    @criterion(task=1)
    async def test_client_belongs_to_host(client, host, hosts):
        """The client talks to the host, which is one of the hosts."""
        expect(await client.get("/visits")).json(1)
        async with open_client(host) as other:
            expect(await other.get("/visits")).json(2)
        if hosts.opened != [host]:
            raise Failure("one host", f"{len(hosts.opened)}")

    @criterion(task=1)
    async def test_hosts_have_environments(hosts):
        """Each host has the variables that it was opened with."""
        for branch in ("north", "south"):
            async with open_client(await hosts.open(BRANCH=branch)) as client:
                expect(await client.get("/branch")).json(branch)

    @criterion(task=1)
    async def test_time_is_common_to_hosts(hosts):
        """The time that is set is that of open hosts and of later ones."""
        early = await hosts.open()
        await hosts.move_clock(2e9)
        for host in (early, await hosts.open()):
            async with open_client(host) as client:
                expect(await client.get("/time")).json(2e9)

    @criterion(task=1)
    async def test_killed_host_keeps_no_time(hosts):
        """A host that was killed does not keep the others' time from being set."""
        first, second = await hosts.open(), await hosts.open()
        first.kill()
        await asyncio.sleep(0)
        await hosts.move_clock(2e9)
        async with open_client(second) as client:
            expect(await client.get("/time")).json(2e9)

    @criterion(task=1)
    async def test_start_can_wait(hosts):
        """A host can be opened without being started."""
        host = await hosts.open(start=False)
        if host.evidence.events:
            raise Failure("no events", f"{len(host.evidence)}")
        await host.start()
        await host.stop()

    @criterion(task=1)
    async def test_time_is_the_real_one(client):
        """The time of the criterion before is not that of this one."""
        if expect(await client.get("/time")).read_json() == 2e9:
            raise Failure("another time", "2e9")
'''


def test_fixtures_give_what_they_say(run_grader: RunGrader, fork: bool) -> None:
    """Hosts, clients and the clock work in criteria as they do alone, on both ways to a copy."""
    graded = run_grader(CRITERIA, APP, fork=fork)

    findings = [result.finding for result in graded.results.values()]
    assert graded.faults == []
    assert findings == [None] * 6


INTERRUPTED = '''
    @criterion(task=1)
    async def test_is_interrupted(client):
        """Somebody presses Ctrl-C."""
        raise KeyboardInterrupt
'''


def test_interruption_ends_fixtures_in_order(run_grader: RunGrader) -> None:
    """A run that is interrupted ends what it opened; whoever interrupted it is obeyed."""
    with pytest.raises(KeyboardInterrupt):
        run_grader(INTERRUPTED, APP)


STARTING = """
    import os
    from contextlib import asynccontextmanager
    from pathlib import Path
    from fastapi import FastAPI

    IMPORTED_IN = os.environ.get("BRANCH")

    @asynccontextmanager
    async def lifespan(app):
        if os.environ.get("BRANCH") == "closed":
            raise ValueError("the branch is closed")
        yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    def read() -> list[str | None]:
        file = Path("branch.txt")
        text = file.read_text() if file.exists() else None
        return [IMPORTED_IN, os.environ.get("BRANCH"), text]
"""
STARTS = '''
    async def read(host):
        async with open_client(host) as client:
            return (await client.get("/")).json()

    @criterion(task=1)
    async def test_start_imports_anew(hosts):
        """What is started has its environment and its files before it is imported."""
        seen = [await read(await hosts.start(environment={"BRANCH": "north"}, files=FILES))]
        seen += [await read(await hosts.start(environment={"BRANCH": None}))]
        hosts.write_files(FILES)
        seen += [await read(await hosts.open(BRANCH="south"))]
        if seen != [["north", "north", "old"], [None] * 3, [None, "south", "old"]]:
            raise Failure("three environments", f"{seen}")

    @criterion(task=1)
    async def test_refusal_can_be_read(hosts):
        """A start that fails says why, and shows no code."""
        try:
            await hosts.start(environment={"BRANCH": "closed"})
        except SubmissionError as error:
            kind, text = error.kind, read_refusal(error, hosts.opened[0])
        if kind != "startup" or "os.environ" in text or text.count("is closed") != 2:
            raise Failure("a text", text)

    @criterion(task=1)
    async def test_nothing_is_left(hosts, workplace):
        """The next criterion finds neither a file nor a process of those before."""
        if await read(await hosts.open()) != [None] * 3 or workplace.others:
            raise Failure("nothing", f"{workplace.others}")

    FILES = {"branch.txt": "old"}
'''


def test_start_has_its_environment(run_grader: RunGrader, fork: bool) -> None:
    """An app can be started anew in an environment and with files, and nothing of it stays."""
    graded = run_grader(STARTS, STARTING, fork=fork)

    findings = [result.finding for result in graded.results.values()]
    assert graded.faults == []
    assert findings == [None] * 3
