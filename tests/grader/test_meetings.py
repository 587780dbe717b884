"""Requests that are sent together reach the app together, whatever else the computer does."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from dojo.grader import Failure, send_together
from dojo.grader.rendezvous import Rendezvous
from dojo.harness.barriers import Barrier
from dojo.harness.connections import Connection
from dojo.harness.evidence import Evidence
from dojo.harness.failures import SubmissionError
from dojo.harness.http_client import open_client
from dojo.harness.patience import OutOfPatience

from ..conftest import OpenSubmission

APP = """
    import asyncio

    arrived = 0

    async def app(scope, receive, send):
        global arrived
        arrived += 1
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % arrived})
"""


async def test_requests_arrive_together(open_submission: OpenSubmission) -> None:
    """Each request finds all the others there when it runs for the first time."""
    host = await open_submission(APP).open(start=False)
    async with open_client(host) as client:
        tasks = await send_together(host, *(client.get("/") for _ in range(5)))
        answers = await asyncio.gather(*tasks)

    assert [answer.text for answer in answers] == ["5"] * 5


class Wire(asyncio.Transport):
    """A transport that keeps what is written to it, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep a piece."""
        self.pieces.append(bytes(data))

    def is_closing(self) -> bool:
        """Tell that it is open."""
        return False


class Crowd:
    """A host whose callers stand at a barrier as the test says; it never waits for more of them."""

    def __init__(self) -> None:
        self.barrier = Barrier()
        self.history = ["GET /quotes"]
        self.cause = ""
        self.patience = SimpleNamespace(wait=self.wait)

    async def wait(self, awaitable: Any, seconds: float | None = None) -> Any:
        """Wait for what is there already, and for nothing else."""
        task = asyncio.ensure_future(awaitable)
        await asyncio.wait([task], timeout=0.01 if seconds else None)
        if not task.done():
            task.cancel()
            raise OutOfPatience
        return task.result()

    async def where(self) -> tuple[()]:
        """Know no place."""
        return ()

    async def gather(self, inside: int, outside: int) -> Rendezvous:
        """Let some callers enter, others stay outside, and see whether they meet."""
        entered = [asyncio.create_task(self.barrier.enter()) for _ in range(inside)]
        stuck = [asyncio.create_task(asyncio.Event().wait()) for _ in range(outside)]
        await asyncio.sleep(0)
        rendezvous = Rendezvous(self, self.barrier, [*entered, *stuck])  # type: ignore[arg-type, list-item]
        await rendezvous.gather(mind_answers=True)
        for task in (*entered, *stuck):
            task.cancel()
        return rendezvous


async def test_frames_are_held_together() -> None:
    """Held frames leave in one piece and in their order, and not before the end."""
    wire, connection = Wire(), Connection(Evidence())
    connection.connection_made(wire)
    with connection.hold_frames():
        connection.write({"n": 1})
        connection.write({"n": 2})
        early = list(wire.pieces)
    held = list(wire.pieces)
    for number in (1, 2):
        connection.write({"n": number})

    assert early == []
    assert held == [b"".join(wire.pieces[1:])]
    assert len(wire.pieces) == 3


async def test_meeting_needs_every_caller() -> None:
    """A caller that does not come is told with the number of those that did."""
    rendezvous = await Crowd().gather(inside=2, outside=1)

    with pytest.raises(Failure) as raised:
        rendezvous.expect_all_inside("the partner", "Quotes are slow.")

    assert raised.value.expected == "3 requests inside the partner at the same time"
    assert raised.value.seen == "only 2 inside; the other does not come"
    assert raised.value.because == "Quotes are slow."
    assert raised.value.did == ["GET /quotes"]


@pytest.mark.parametrize(
    ("inside", "cause", "seen"),
    [
        (0, "", "none inside"),
        (1, "", "only 1 inside; the other 2 do not come"),
        (2, "a lock is held", "only 2 inside; the other does not come: a lock is held"),
    ],
)
async def test_missing_callers_are_counted(inside: int, cause: str, seen: str) -> None:
    """Those who do not come are told by their number, with the cause if one was seen."""
    crowd = Crowd()
    crowd.cause = cause
    rendezvous = await crowd.gather(inside, 3 - inside)

    with pytest.raises(Failure) as raised:
        rendezvous.expect_all_inside("the partner")

    assert raised.value.seen == seen


async def test_complete_meeting_is_accepted() -> None:
    """Nothing is said where everybody is inside."""
    rendezvous = await Crowd().gather(inside=3, outside=0)
    rendezvous.expect_all_inside("the partner")

    assert rendezvous.inside == 3


async def test_broken_request_says_why_itself() -> None:
    """A request that broke is not told as a caller that does not come."""
    crowd = Crowd()
    error = SubmissionError("crash", "The app's process ended.")
    task: Any = asyncio.get_running_loop().create_future()
    task.set_exception(error)
    rendezvous = Rendezvous(crowd, crowd.barrier, [task])  # type: ignore[arg-type]

    with pytest.raises(SubmissionError, match="process ended"):
        rendezvous.expect_all_inside("the partner")
