"""Drawn traffic finds where a submission differs from the reference, and tells the shortest way."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dojo.grader import oracle
from dojo.grader.fixtures import Workplace, open_labs
from dojo.grader.plugin import Grading, run_criteria
from dojo.grader.traffic import Draw, Request, Traffic, request
from dojo.harness.snapshot_process import ImportRequest, SnapshotProcess
from dojo.harness.temporary_folders import open_run_folder
from dojo.runner.fork_server_launcher import ForkServerLauncher

from ..conftest import write_files
from .conftest import Graded

REFERENCE = """
    from asyncio import Event, sleep
    from uuid import uuid4
    from fastapi import FastAPI

    app = FastAPI()
    names: list[str] = []

    @app.post("/names/{name}", status_code=201)
    async def add(name: str) -> dict[str, int]:
        names.append(name)
        return {"count": len(names)}

    @app.get("/names")
    async def read() -> list[dict[str, str | int]]:
        return [{"name": name, "id": uuid4().hex} for name in names]

    @app.get("/visit")
    async def visit() -> str:
        names.append("a visitor")
        await sleep(0)
        names.remove("a visitor")
        return "welcome"
"""
TRAFFIC = """
    from dojo.grader import Change, Freedom, Together, Traffic, request

    NAMES = ("Asha", "asha", "Zoe\\u0308", "")[:3]

    def add(draw):
        return [request("POST", "/names/{{}}", draw.deal(NAMES))]

    def read(draw):
        return [Change("a moment passes", lambda labs: None), request("GET", "/names")]

    def visit(draw):
        return [Together([request("GET", "/visit")] * 2)]

    traffic = Traffic(
        scenes=(add, add, read, visit),
        freedoms=({freedoms}),
    )
"""
FREE = 'Freedom("Ids are free.", "body[].id"),'
SLOW_REFERENCE = """
    import asyncio
    import os
    import urllib.request
    from fastapi import FastAPI, HTTPException

    app = FastAPI()
    lock = asyncio.Lock()
    orders = 0

    @app.post("/orders", status_code=201)
    async def order() -> dict[str, int]:
        global orders
        if lock.locked():
            raise HTTPException(409)
        async with lock:
            await asyncio.to_thread(urllib.request.urlopen, os.environ["UPSTREAM_URL"])
            orders += 1
            return {"id": orders}
"""
REFUSAL = "if lock.locked():"
SLOW_TRAFFIC = """
    from dojo.grader import Hold, Release, Traffic, request
    from dojo.harness.upstream import Reply

    ORDER = request("POST", "/orders")

    def hold(labs, barrier=None):
        labs.upstream.on("GET", "/", Reply.json({{}}), barrier=barrier)

    def overlap(draw):
        wait = Hold([ORDER] * {copies}, "the partner does not answer yet", hold)
        return [wait, ORDER, Release("the partner answers"), ORDER]

    traffic = Traffic(scenes=(overlap,), prepare=hold, requests=40)
"""
PEER_REFERENCE = """
    from fastapi import FastAPI, Request

    app = FastAPI()

    @app.get("/")
    async def read(request: Request) -> str:
        return request.client.host if request.client else "nobody"
"""
PEER_TRAFFIC = """
    from dojo.grader import Traffic, request

    def ask(draw):
        return [request("GET", "/", client=each) for each in (("10.0.0.3", 1), None)]

    traffic = Traffic(scenes=(ask,), requests=40)
"""
FOLLOWING = """
    from dojo.grader import Freedom, Traffic, request

    def find_last(labs):
        return f"/names?after={{labs.prepared.get('last', '')}}"

    def note(labs, response):
        if response.status_code == 200 and response.json():
            labs.prepared["last"] = response.json()[-1]["id"]
        return {{}}

    def follow(draw):
        add = request("POST", "/names/{{}}", draw.word())
        return [add, request("GET", "/names"), request("GET", "", follow=find_last)]

    traffic = Traffic(
        scenes=(follow,),
        freedoms=({freedoms}),
        prepare=lambda labs: {{}},
        watch=note,
    )
"""
CRITERION = '''
from dojo.grader import Oracle, criterion


@criterion(task=1)
async def test_names_are_kept(oracle: Oracle) -> None:
    """Names are kept."""
    await oracle.compare()
'''

Compare = Callable[..., Graded]


@pytest.fixture
def compare(
    fork_server: ForkServerLauncher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Compare]:
    """Give a way to compare an app, the reference with a text replaced, with the reference."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    with contextlib.ExitStack() as stack:
        lab_set = stack.enter_context(open_labs(("upstream",)))

        def load(app: str) -> SnapshotProcess:
            folder = stack.enter_context(open_run_folder())
            write_files(folder.stage, {"app/main.py": app})
            snapshot = SnapshotProcess(folder, fork_server)
            stack.callback(snapshot.close)
            environment = lab_set.environment
            snapshot.request_import(
                ImportRequest("app.main:app", ("kata",), environment=environment)
            )
            return snapshot

        def run(
            old: str = "",
            new: str = "",
            *,
            reference: str = REFERENCE,
            traffic: str = TRAFFIC,
            **words: object,
        ) -> Graded:
            snapshot = load(reference.replace(old, new) if old else reference)
            grader = tmp_path / snapshot.folder.root.name
            write_files(grader, {"traffic.py": traffic.format(**{"freedoms": FREE, **words})})
            write_files(grader, {"test_criteria.py": CRITERION})
            workplace = Workplace(
                snapshot,
                "1",
                lab_set,
                owner=min(fork_server.pids),
                open_reference=lambda: contextlib.nullcontext(load(reference)),
                recordings=recordings,
            )
            grading = Grading(workplace)
            run_criteria(grader, grading)
            return Graded(grading)

        recordings: dict[str, str] = {}
        yield run


def test_equal_app_passes(compare: Compare) -> None:
    """An app that answers as the reference does passes."""
    graded = compare("names.append(name)", "names.extend([name])")

    assert (graded.faults, graded.outcomes) == ([], {"test_names_are_kept": "passed"})


def test_one_request_tells_stateless_fault(compare: Compare) -> None:
    """A difference that one request shows is told with one request."""
    finding = compare("status_code=201", "status_code=200").finding

    assert len(finding.did) == 1
    assert finding.did[0].startswith("curl -i -X POST http://127.0.0.1:8000/names/")
    assert finding.expected == "status 201 Created"
    assert finding.seen.startswith("status 200 OK")


def test_sequence_is_made_short(compare: Compare) -> None:
    """A difference that needs two requests is told with these, and the path at which it is."""
    finding = compare("names.append(name)", "names.append(name.lower())").finding

    assert finding.did == (
        "curl -i -X POST http://127.0.0.1:8000/names/Zoe%CC%88",
        "curl -i http://127.0.0.1:8000/names",
    )
    assert (finding.expected, finding.seen) == ('[0].name: "Zoe\u0308"', '[0].name: "zoe\u0308"')


def test_long_search_keeps_failure(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no time to make a sequence short, the whole one is told, not an error."""
    monkeypatch.setattr(oracle, "SHORTENING_SECONDS", 0.01)
    slow = "await sleep(0.5); names.append(name.lower())"
    graded = compare("names.append(name)", slow)

    assert (graded.faults, graded.outcomes) == ([], {"test_names_are_kept": "failed"})
    assert "# a moment passes" in graded.finding.did


def test_meeting_requests_are_told(compare: Compare) -> None:
    """A difference that only requests at the same moment show is told with all of these."""
    finding = compare('return "welcome"', 'return str("a visitor" in names)').finding

    visit = "curl -i http://127.0.0.1:8000/visit"
    assert finding.did == ("# 2 requests at the same moment", visit, visit)
    assert (finding.expected, finding.seen) == ('the body: "welcome"', 'the body: "True"')


def test_silence_is_difference(compare: Compare) -> None:
    """That an app which answers others is silent to a request is a failure, not an error."""
    finding = compare('return "welcome"', "await Event().wait()").finding

    expected = "an answer to each of the 2 requests"
    assert (finding.expected, finding.seen) == (expected, "no answer")
    assert finding.did[-3:-1] == ("# 2 requests at the same moment", finding.did[-1])


def test_surplus_key_is_difference(compare: Compare) -> None:
    """A key that nobody promised is told as one."""
    finding = compare('{"count": len(names)}', '{"count": len(names), "size": 1}').finding

    assert (finding.expected, finding.seen) == ("size: no such key", "size: 1")


def test_what_is_not_free_counts(compare: Compare) -> None:
    """Without the freedom a right app differs in its ids: a freedom is what lets it pass."""
    graded = compare('"id": id(name)', '"id": -id(name)', freedoms="")

    assert graded.finding.expected.startswith("[0].id: ")


def test_fault_of_reference_is_graders(compare: Compare) -> None:
    """A reference that answers 500 is the grader's fault, and nobody fails."""
    broken = REFERENCE.replace("names.append(name)", "raise KeyError(name)")
    graded = compare(reference=broken)

    assert graded.outcomes == {}
    assert "The reference answers 500 to POST /names/" in graded.faults[0]


def test_recorded_answers_are_used(compare: Compare) -> None:
    """What the reference answered once is not asked again with the same seed."""
    passed = compare()
    broken = REFERENCE.replace("names.append(name)", "raise KeyError(name)")
    graded = compare("raise KeyError(name)", "names.append(name)", reference=broken)

    assert passed.outcomes == graded.outcomes == {"test_names_are_kept": "passed"}


def test_answers_may_be_followed(compare: Compare) -> None:
    """A request may go where an earlier answer of the same app leads, and is told with that."""
    finding = compare(
        "read() -> list[dict[str, str | int]]:",
        "read(after: str = '') -> list[dict[str, str | int]]:\n        print(3 // (not after))",
        traffic=FOLLOWING,
    ).finding

    assert finding.did[-1].startswith("curl -i 'http://127.0.0.1:8000/names?after=")
    assert len(finding.did[-1]) > len("curl -i 'http://127.0.0.1:8000/names?after='") + 8
    assert (len(finding.did), finding.expected) == (3, "status 200 OK")


def compare_slow(compare: Compare, old: str = "", new: str = "", copies: int = 3) -> Graded:
    """Compare apps whose requests are held by a partner."""
    return compare(old, new, reference=SLOW_REFERENCE, traffic=SLOW_TRAFFIC, copies=copies)


def test_requests_may_overlap(compare: Compare) -> None:
    """An equal app agrees about requests that come while others are held."""
    graded = compare_slow(compare, "orders += 1", "orders = orders + 1")

    assert (graded.faults, graded.outcomes) == ([], {"test_names_are_kept": "passed"})


def test_surplus_callers_are_told(compare: Compare) -> None:
    """Requests that come at the same moment differ in how many of them the lab holds."""
    finding = compare_slow(compare, "async with lock:", "if True:").finding

    assert finding.expected == 'under way: "1 of 3; answered 409, 409"'
    assert finding.seen == 'under way: "3 of 3"'


def test_answers_that_were_held_count(compare: Compare) -> None:
    """What a request is answered that was held is compared; its way is told with the notes."""
    refuse = "raise HTTPException(409)"
    finding = compare_slow(compare, refuse, f"orders += 1; {refuse}", copies=1).finding

    assert (finding.expected, finding.seen) == ("id: 1", "id: 2")
    assert finding.did == (
        "curl -i -X POST http://127.0.0.1:8000/orders",
        "# the partner does not answer yet",
        "curl -i -X POST http://127.0.0.1:8000/orders",
        "# the partner answers",
    )


def test_silence_while_held_fails(compare: Compare) -> None:
    """A request that waits for one that is held is not answered, and that is told."""
    graded = compare_slow(compare, REFUSAL, "if False:", copies=1)

    assert graded.outcomes == {"test_names_are_kept": "failed"}
    assert graded.finding.expected == "an answer while another request is under way"
    assert graded.finding.seen == "no answer: a request waits for a lock that is held"


@pytest.mark.parametrize(
    ("old", "told", "expected"),
    [
        ("request.client.host if", "from 10.0.0.3", "10.0.0.3"),
        ('else "nobody"', "from no address", "nobody"),
    ],
)
def test_requests_come_from_any_peer(compare: Compare, old: str, told: str, expected: str) -> None:
    """A request comes from the peer that it names, or from none, and that is told."""
    new = old.replace("request.client.host", '"x"').replace("nobody", "x")
    finding = compare(old, new, reference=PEER_REFERENCE, traffic=PEER_TRAFFIC).finding

    assert finding.did == (f"curl -i http://127.0.0.1:8000/ # {told}",)
    assert (finding.expected, finding.seen) == (f'the body: "{expected}"', 'the body: "x"')


def test_pool_is_dealt_out() -> None:
    """Each value of a pool is dealt once before any comes again, in another order each time."""
    pool = tuple(range(20))
    draw = Draw("1")
    first, second = [draw.deal(pool) for _ in pool], [draw.deal(pool) for _ in pool]

    assert sorted(first) == sorted(second) == list(pool)
    assert first != second


def test_same_seed_draws_the_same() -> None:
    """The seed alone decides what is sent, and it is as much as was asked for."""
    traffic = Traffic(scenes=(lambda draw: [request("GET", "/{}", draw.word())] * 3,), requests=40)

    assert traffic.draw("a") == traffic.draw("a") != traffic.draw("b")
    assert len(traffic.draw("a")) == 42


def test_request_encodes_its_values() -> None:
    """Values are encoded where they stand in the path, in the query and in the body."""
    made = request("POST", "/a/{}", "50%41/ü", query={"q": "a b+c"}, body={"name": "ü"})

    assert made == Request(
        "POST",
        "/a/50%2541%2F%C3%BC?q=a%20b%2Bc",
        '{"name": "ü"}'.encode(),
        {"content-type": "application/json"},
    )


STARTING_REFERENCE = """
    import os
    from contextlib import asynccontextmanager
    from pathlib import Path
    from fastapi import FastAPI

    @asynccontextmanager
    async def lifespan(app):
        if os.environ.get("BRANCH") == "closed":
            raise ValueError("the branch is closed")
        yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    def read() -> list[str]:
        return [os.environ["BRANCH"], Path("city.txt").read_text()]
"""
STARTING_TRAFFIC = """
    from dojo.grader import Start, Traffic, read_refusal, request

    FILES = {{"city.txt": "Pune"}}

    def begin(draw):
        refused = [Start({{"BRANCH": "closed"}})]
        return [Start({{"BRANCH": "north"}}, FILES), request("GET", "/"), *refused]

    def watch_refusal(labs, error):
        return {{"reason": read_refusal(error, labs.host).splitlines()[0]}}

    traffic = Traffic(
        scenes=(begin,),
        watch_refusal=watch_refusal,
        requests=40,
    )
"""


def compare_starts(compare: Compare, old: str = "", new: str = "") -> Graded:
    """Compare apps that are started in several environments."""
    return compare(old, new, reference=STARTING_REFERENCE, traffic=STARTING_TRAFFIC)


def test_app_may_be_started_again(compare: Compare) -> None:
    """An equal app agrees in each environment, also about starts that fail."""
    graded = compare_starts(compare, 'Path("city.txt")', 'Path.cwd().joinpath("city.txt")')

    assert (graded.faults, graded.outcomes) == ([], {"test_names_are_kept": "passed"})


def test_start_is_told_with_environment(compare: Compare) -> None:
    """A difference is told with the start before it, as far as it is needed."""
    finding = compare_starts(compare, '[os.environ["BRANCH"],', '["south",').finding

    start = "# the app is started with BRANCH=north, city.txt: 'Pune'"
    assert finding.did == (start, "curl -i http://127.0.0.1:8000/")
    assert (finding.expected, finding.seen) == ('[0]: "north"', '[0]: "south"')


def test_start_that_succeeds_is_told(compare: Compare) -> None:
    """An app that starts where it should not is told with the environment alone."""
    finding = compare_starts(compare, '"closed"', '"open"').finding

    assert finding.did == ("# the app is started with BRANCH=closed",)
    assert (finding.expected, finding.seen) == ("the app starts: false", "the app starts: true")


def test_start_that_fails_is_told(compare: Compare) -> None:
    """An app that does not start where it should is told with its reason."""
    finding = compare_starts(compare, '== "closed"', 'in ("north", "closed")').finding

    assert finding.expected == "the app starts: true"
    assert finding.seen == (
        "the app starts: false\nThe app's startup fails with ValueError: the branch is closed"
    )


def test_reason_of_failed_start_counts(compare: Compare) -> None:
    """What a start that fails tells is compared as the traffic says."""
    finding = compare_starts(compare, "branch is closed", "branch is shut").finding

    assert "is closed" in finding.expected
    assert "is shut" in finding.seen
