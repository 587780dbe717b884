"""How a criterion ends: what the submission did decides, and the grader's own errors never do."""

import pytest

from dojo.harness import processes

from .conftest import RunGrader

UNRULY = """
    import asyncio, os, time
    from pathlib import Path
    from fastapi import FastAPI

    app = FastAPI()
    visits = []

    @app.get("/")
    async def read() -> int:
        visits.append(1)
        return len(visits)

    @app.get("/hang")
    async def hang() -> None:
        time.sleep(60)

    @app.get("/exit")
    async def leave() -> None:
        os._exit(0)

    @app.get("/error")
    async def fail() -> None:
        raise ValueError("no price")

    @app.post("/files")
    async def write() -> None:
        Path("left.txt").write_text("x")
        Path("left").mkdir(mode=0)

    @app.get("/files")
    async def list_files() -> list[str]:
        return os.listdir()

    @app.post("/ruin")
    async def ruin() -> None:
        here = os.getcwd()
        os.rmdir(here)
        os.symlink("/nowhere", here)
"""


def test_passed_and_failed(run_grader: RunGrader) -> None:
    """A criterion that raises nothing is passed; one whose expectation is not met is failed."""
    graded = run_grader('''
        @criterion(task=1, points=2)
        async def test_reads(client):
            """The price is read."""
            expect(await client.get("/")).status(200)

        @criterion(task=2)
        async def test_creates(client):
            """A price
            is created."""
            expect(await client.post("/")).status(201)
    ''')

    assert graded.faults == []
    assert graded.outcomes == {"test_reads": "passed", "test_creates": "failed"}
    passed, failed = graded.results.values()
    assert (passed.points, passed.possible_points, passed.finding) == (2, 2, None)
    assert (failed.points, failed.possible_points, failed.task) == (0, 1, 2)
    assert failed.sentence == "A price is created."


def test_finding_says_all(run_grader: RunGrader) -> None:
    """A failure says what was done, expected and seen, and where in the learner's code."""
    finding = run_grader(
        '''
        @criterion(task=1)
        async def test_reads(client):
            """The price is read."""
            expect(await client.get("/error")).status(200, "Prices never fail.")
        ''',
        UNRULY,
    ).finding

    assert finding.kind == "behaviour"
    assert finding.did == ("curl -i http://127.0.0.1:8000/error",)
    assert finding.expected == "status 200 OK"
    assert finding.seen.startswith("status 500 Internal Server Error")
    assert "ValueError: no price" in finding.seen
    assert finding.because == "Prices never fail."
    assert [(line.file, line.code) for line in finding.where] == [
        ("app/main.py", 'raise ValueError("no price")')
    ]


@pytest.mark.parametrize(
    ("path", "kind"), [("/exit", "crash"), ("/hang", "hang")], ids=["crash", "hang"]
)
@pytest.mark.usefixtures("little_patience")
def test_unasked_is_an_error(run_grader: RunGrader, path: str, kind: str) -> None:
    """A submission that cannot be asked is an error, not a failure."""
    graded = run_grader(
        f'''
        @criterion(task=1)
        async def test_reads(client):
            """The price is read."""
            expect(await client.get("{path}")).status(200)
        ''',
        UNRULY,
    )

    assert graded.outcomes == {"test_reads": "error"}
    assert graded.finding.kind == kind
    assert graded.faults == []


def test_import_error_is_every_criterions(run_grader: RunGrader) -> None:
    """A submission that cannot be imported makes an error of each criterion."""
    graded = run_grader(
        '''
        @criterion(task=1)
        async def test_reads(client):
            """The price is read."""

        @criterion(task=1)
        async def test_opens(hosts):
            """A copy is opened."""
            await hosts.open()
        ''',
        "import fastapi\n\nprice = 1 / 0\n",
    )

    assert graded.outcomes == {"test_reads": "error", "test_opens": "error"}
    findings = [result.finding for result in graded.results.values()]
    assert [each and each.kind for each in findings] == ["import", "import"]


def test_other_exception_is_a_fault(run_grader: RunGrader) -> None:
    """Whatever else a criterion raises is the grader's fault, and gives no outcome."""
    statements = (
        "assert 1 == 2",
        "{}['price']",
        "None.price",
        "raise TimeoutError('its own')",
        "raise ExceptionGroup('several', [KeyError('price')])",
        "await asyncio.wait_for(asyncio.sleep(9), 0.001)",
        "__import__('warnings').warn('old')",
        "__import__('pytest').skip('no')",
        "__import__('pytest').xfail('no')",
        "raise SystemExit(0)",
    )
    criterion = '''
@criterion(task=1)
async def test_number_{}():
    """The price is read."""
    {}
'''

    graded = run_grader("".join(criterion.format(*each) for each in enumerate(statements)))

    assert len(graded.faults) == len(statements)
    assert all(f"test_number_{n}'" in fault for n, fault in enumerate(graded.faults))
    assert graded.outcomes == {}


def test_failing_fixture_is_a_fault(run_grader: RunGrader) -> None:
    """An exception in a grader's own fixture is the grader's fault, before and after the test."""
    graded = run_grader('''
        import pytest

        @pytest.fixture
        async def broken():
            raise KeyError("before")

        @pytest.fixture
        async def breaking():
            yield
            raise KeyError("after")

        @criterion(task=1)
        async def test_before(broken):
            """Something fails before."""

        @criterion(task=1)
        async def test_after(breaking):
            """Something fails after."""
    ''')

    assert ["before" in graded.faults[0], "after" in graded.faults[1]] == [True, True]
    assert "test_before" not in graded.outcomes


BROKEN_GRADERS = {
    "no docstring": (
        "@criterion(task=1)\nasync def test_mute(client):\n    pass\n",
        "lacks `@criterion` or its docstring.",
    ),
    "no declaration": (
        'async def test_bare(client):\n    """It is no criterion."""\n',
        "lacks `@criterion` or its docstring.",
    ),
    "no coroutine": (
        '@criterion(task=1)\ndef test_plain(client):\n    """It cannot be awaited."""\n',
        "test_plain",
    ),
    "unknown fixture": (
        '@criterion(task=1)\nasync def test_odd(unknown):\n    """It asks for what is not."""\n',
        "unknown",
    ),
    "missing package": ("import missing_package\n", "missing_package"),
    "syntax error": ("def broken(:\n", "SyntaxError"),
    "exit": ("raise SystemExit(0)\n", "SystemExit"),
    "empty": ("", "The grader's pytest ended with NO_TESTS_COLLECTED."),
}


@pytest.mark.parametrize(("criteria", "told"), BROKEN_GRADERS.values(), ids=BROKEN_GRADERS)
def test_broken_grader_is_a_fault(run_grader: RunGrader, criteria: str, told: str) -> None:
    """A grader that is not one is told as its own fault and gives no outcome."""
    graded = run_grader(criteria)

    assert told in graded.faults[0]
    assert graded.outcomes == {}


def test_other_marks_are_no_declaration(run_grader: RunGrader) -> None:
    """A mark of pytest's own beside the declaration changes nothing."""
    graded = run_grader('''
        import pytest

        @pytest.mark.usefixtures("client")
        @criterion(task=1)
        async def test_opens():
            """It opens."""
    ''')

    assert not graded.faults
    assert list(graded.outcomes) == ["test_opens"]


def test_group_is_unwrapped(run_grader: RunGrader) -> None:
    """A failure out of concurrent requests counts as the failure that it is."""
    graded = run_grader('''
        @criterion(task=1)
        async def test_reads(client):
            """The price is read by two at once."""
            async with asyncio.TaskGroup() as group:
                group.create_task(check(client))

        async def check(client):
            async with asyncio.TaskGroup() as group:
                group.create_task(check_one(client))

        async def check_one(client):
            expect(await client.get("/")).status(404)
    ''')

    assert graded.outcomes == {"test_reads": "failed"}
    assert graded.finding.expected == "status 404 Not Found"


def test_waiting_criterion_is_blocked(run_grader: RunGrader) -> None:
    """What waits for a criterion that is not passed is blocked, and all that waits for it."""
    graded = run_grader('''
        @criterion(task=1)
        async def test_first(client):
            """The first works."""
            expect(await client.get("/")).status(404)

        @criterion(task=1, waits_for=test_first)
        async def test_second(client):
            """The second works."""
            raise KeyError

        @criterion(task=1, waits_for=test_second)
        async def test_third(client):
            """The third works."""
            raise KeyError
    ''')

    assert graded.faults == []
    assert list(graded.outcomes.values()) == ["failed", "blocked", "blocked"]
    assert graded.results["test_second"].waits_for == "test_first"
    assert graded.results["test_second"].finding is None


def test_waiting_criterion_runs_after_success(run_grader: RunGrader) -> None:
    """What waits for a criterion that is passed runs."""
    graded = run_grader('''
        @criterion(task=1)
        async def test_first(client):
            """The first works."""

        @criterion(task=1, waits_for=test_first)
        async def test_second(client):
            """The second works."""
            expect(await client.get("/")).status(200)
    ''')

    assert list(graded.outcomes.values()) == ["passed", "passed"]


@pytest.mark.usefixtures("little_patience")
def test_every_criterion_runs(run_grader: RunGrader, fork: bool) -> None:
    """A hang, a crash and a fault keep no later criterion from a fresh copy."""
    graded = run_grader(
        '''
        @criterion(task=1)
        async def test_hang(client):
            """The app does not hang."""
            await client.get("/hang")

        @criterion(task=1)
        async def test_exit(client):
            """The app does not exit."""
            await client.get("/exit")

        @criterion(task=1)
        async def test_kill(client, host):
            """The app is killed."""
            host.kill()
            await client.get("/")

        @criterion(task=1)
        async def test_fault(client):
            """The grader fails."""
            raise KeyError

        @criterion(task=1)
        async def test_first_visit(client):
            """The first visit is the first."""
            expect(await client.get("/")).json(1)

        @criterion(task=1)
        async def test_first_visit_again(client):
            """The first visit is the first again."""
            expect(await client.get("/")).json(1)
        ''',
        UNRULY,
        fork=fork,
    )

    assert graded.outcomes == {
        "test_hang": "error",
        "test_exit": "error",
        "test_kill": "error",
        "test_first_visit": "passed",
        "test_first_visit_again": "passed",
    }
    assert len(graded.faults) == 1


def test_files_do_not_stay(run_grader: RunGrader, fork: bool) -> None:
    """What one criterion leaves in the working folder the next does not find."""
    graded = run_grader(
        '''
        @criterion(task=1)
        async def test_writes(client):
            """A file is written."""
            expect(await client.post("/files")).status(200)

        @criterion(task=1)
        async def test_finds(client):
            """No file is found."""
            expect(await client.get("/files")).json([])
        ''',
        UNRULY,
        fork=fork,
    )

    assert graded.outcomes == {"test_writes": "passed", "test_finds": "passed"}


def test_ruined_folder_is_no_fault(run_grader: RunGrader, fork: bool) -> None:
    """A submission that replaces its working folder harms no other criterion."""
    graded = run_grader(
        '''
        @criterion(task=1)
        async def test_ruins(client):
            """The folder is replaced."""
            expect(await client.post("/ruin")).status(200)

        @criterion(task=1)
        async def test_reads(client):
            """The first visit is the first."""
            expect(await client.get("/")).json(1)
        ''',
        UNRULY,
        fork=fork,
    )

    assert graded.faults == []
    assert graded.outcomes == {"test_ruins": "passed", "test_reads": "passed"}


def test_only_named_criteria_run(run_grader: RunGrader) -> None:
    """With names given, no other criterion runs; what it waits for need not have run."""
    graded = run_grader(
        '''
        @criterion(task=1)
        async def test_first(client):
            """The first works."""
            raise KeyError

        @criterion(task=1, waits_for=test_first)
        async def test_second(client):
            """The second works."""
            expect(await client.get("/")).status(200)
        ''',
        only=["test_second"],
    )

    assert graded.faults == []
    assert graded.outcomes == {"test_second": "passed"}


def test_output_is_in_the_finding(run_grader: RunGrader) -> None:
    """What the app printed and logged is shown with a failure, evidence is not."""
    finding = run_grader(
        '''
        @criterion(task=1)
        async def test_reads(client):
            """The price is read."""
            expect(await client.get("/")).status(404)
        ''',
        """
        import logging
        from fastapi import FastAPI

        app = FastAPI()
        print("imported")

        @app.get("/")
        async def read() -> None:
            logging.getLogger("shop").warning("low stock")
            logging.getLogger("kata.session").info("opened")
        """,
    ).finding

    assert finding.output == "imported\nWARNING shop: low stock\n"


@pytest.mark.usefixtures("little_patience")
def test_criterion_takes_no_longer_than_its_limit(
    run_grader: RunGrader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A criterion that goes on and on is ended, as an error of the submission."""
    monkeypatch.setattr("dojo.grader.plugin.CRITERION_SECONDS", 0.2)
    graded = run_grader('''
        @criterion(task=1)
        async def test_reads(client):
            """The price is read."""
            while True:
                await client.get("/")
    ''')

    assert graded.outcomes == {"test_reads": "error"}
    assert graded.finding.kind == "limit"


def test_busy_machine_ends_no_criterion(
    run_grader: RunGrader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time in which the app was given no processor is not the criterion's."""
    monkeypatch.setattr("dojo.grader.plugin.CRITERION_SECONDS", 0.1)
    monkeypatch.setattr("dojo.grader.plugin.RUN_SECONDS", 0.1)
    looks: list[int] = []

    def wait_longer(pid: int) -> dict[int, float]:
        looks.append(pid)
        return {pid: 10.0 * len(looks)}

    monkeypatch.setattr(processes, "read_waits", wait_longer)
    monkeypatch.setattr(processes, "read_use", lambda _: 0.0)
    monkeypatch.setattr(processes, "looks", looks, raising=False)
    graded = run_grader('''
        from dojo.harness import processes

        @criterion(task=1)
        async def test_reads(client):
            """The price is read."""
            while len(processes.looks) < 12:
                await client.get("/")

        @criterion(task=1)
        async def test_reads_again(client):
            """The price is read again."""
            await client.get("/")
    ''')

    assert graded.outcomes == {"test_reads": "passed", "test_reads_again": "passed"}


def test_run_takes_no_longer_than_its_limit(
    run_grader: RunGrader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a run has taken too long, no further criterion is begun."""
    monkeypatch.setattr("dojo.grader.plugin.RUN_SECONDS", -1)
    graded = run_grader('''
        @criterion(task=1)
        async def test_reads(client):
            """The price is read."""
    ''')

    assert graded.outcomes == {"test_reads": "error"}
    assert graded.finding.kind == "limit"


def test_callers_configuration_is_not_looked_at(
    run_grader: RunGrader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pytest's variables of the caller change nothing."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only")
    graded = run_grader('''
        @criterion(task=1)
        async def test_reads(client):
            """The price is read."""
    ''')

    assert graded.outcomes == {"test_reads": "passed"}


def test_graders_of_one_name_are_kept_apart(run_grader: RunGrader) -> None:
    """A second grader whose file has the name of the first is not taken for it."""
    template = '''
        @criterion(task=1)
        async def test_{0}():
            """It is {0}."""
    '''

    runs = [run_grader(template.format(name)) for name in ("one", "other")]

    assert [list(each.outcomes) for each in runs] == [["test_one"], ["test_other"]]


def test_unheard_mistake_of_the_grader_is_a_fault(run_grader: RunGrader) -> None:
    """An error of the grader while frames are read is a fault, even if nobody waits for them."""
    graded = run_grader('''
        @criterion(task=1)
        async def test_nobody_waits(host):
            """The client leaves."""
            def stumble(event):
                raise KeyError("price")
            host.evidence.append = stumble
            host.connection.write({"kind": "where"})
            await host.connection.closed.wait()
    ''')

    assert "KeyError: 'price'" in graded.faults[0]


def test_computing_grader_is_stopped(
    run_grader: RunGrader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A criterion whose own parser never ends is an error; the next one is graded."""
    monkeypatch.setattr("dojo.grader.plugin.PROCESSOR_SECONDS", 0.2)
    graded = run_grader("""
        import contextlib

        @criterion(task=1)
        async def test_computes() -> None:
            \"\"\"It computes.\"\"\"
            for _ in range(2):  # the first exception is swallowed, as a parser may do
                with contextlib.suppress(Exception):
                    while True:
                        pass
            raise AssertionError

        @criterion(task=1)
        async def test_reads() -> None:
            \"\"\"It reads.\"\"\"
        """)

    assert graded.outcomes == {"test_computes": "error", "test_reads": "passed"}
    finding = graded.results["test_computes"].finding
    assert finding is not None
    assert "more than 0.2 seconds" in finding.seen
