"""Whatever a submission writes onto its own connection, the grader survives it and says so."""

import sys
from pathlib import Path
from typing import Any

import msgpack
import pytest

from dojo.harness import connections, evidence, snapshot_process
from dojo.harness.evidence import Evidence, Output
from dojo.harness.failures import Location, SubmissionError
from dojo.harness.processes import wait_until_ended
from dojo.harness.websocket_client import open_websocket
from dojo.host.frames import LARGEST_FRAME

from ..conftest import FEW_SECONDS, OpenSubmission, Submission, fetch

APP = """
    import sys
    from fastapi import FastAPI, Request

    app = FastAPI()

    @app.get("/")
    async def read() -> str:
        return "served"

    @app.post("/write")
    async def write(request: Request) -> None:
        sys.stdout.buffer._recorder.frames.stream.sendall(await request.body())

    @app.post("/close")
    async def close() -> None:
        sys.stdout.buffer._recorder.frames.stream.close()
"""
IMPORT = """
    import sys
    sys.stdout.buffer._recorder.frames.stream.sendall(bytes.fromhex("{}"))
    from fastapi import FastAPI
    app = FastAPI()
"""


def pack(**frame: Any) -> bytes:
    """Encode a frame as a host would."""
    return bytes(msgpack.packb(frame))


def nest(depth: int, value: Any = 1) -> Any:
    """Put a value into lists within lists."""
    for _ in range(depth):
        value = [value]
    return value


ERROR: dict[str, Any] = {"type": "E", "message": "m", "locations": [], "missing": None}
BROKEN = {
    "no frames at all": b"\xc1" * 100,
    "text": b"HTTP/1.1 200 OK\r\n\r\n",
    "zero bytes": bytes(100),
    "a frame over the limit": pack(
        kind="output", stream="stdout", text="x" * LARGEST_FRAME, truncated=False
    ),
    "too many items": pack(kind="where", tasks=[{}] * 70_000, threads=[]),
    "announced items in announced items": b"\xdd\x00\x3f\xff\xff" * 2000,
    "deep nesting": b"\x91" * 100_000,
    "no map": bytes(msgpack.packb(["kind", "loaded"])),
    "numbers as keys": bytes(msgpack.packb({1: 2})),
    "no kind": pack(passed=True),
    "an unknown kind": pack(kind="verdict", passed=True),
    "a kind of the import": pack(kind="loaded", threads=0),
    "a grader's own kind": pack(kind="mark", text="the client left"),
    "a kind of no text": pack(kind=["send"]),
    "a call of another type": pack(kind="returned", call="2"),
    "a truth as a call": pack(kind="returned", call=True),
    "a missing field": pack(kind="raised", call=2),
    "an additional field": pack(kind="returned", call=2, verdict="passed"),
    "an event that is no map": pack(kind="send", call=2, event=[]),
    "an error that is half one": pack(kind="raised", call=2, error={"type": "E"}),
    "a time": pack(kind="moved", at=msgpack.Timestamp(1, 1)),
    "an extension": pack(kind="log", message=msgpack.ExtType(5, b"x")),
    "broken text": b"\x81\xa4kind\xa2\xff\xfe",
}
UNFINISHED = b"\xdb\xff\xff\xff\xff"
"""A text that is announced with four gibibytes."""

ODD = {
    "a deep type": pack(kind="send", call=2, event={"type": nest(500)}),
    "a deep status": pack(
        kind="send", call=2, event={"type": "http.response.start", "status": nest(500)}
    ),
    "deep headers": pack(
        kind="send",
        call=2,
        event={"type": "http.response.start", "status": 200, "headers": nest(500)},
    ),
    "a deep place": pack(
        kind="send",
        call=2,
        event={"type": "http.response.trailers"},
        endpoint={"file": nest(500), "line": 1, "function": {}, "code": None},
    ),
}


async def write(submission: Submission, data: bytes) -> SubmissionError:
    """Have a copy write bytes onto its own connection; give the error of that request."""
    host = await submission.open()
    with pytest.raises(SubmissionError) as caught:
        await fetch(host, "/write", method="POST", content=data)
    return caught.value


async def expect_next_copy(submission: Submission) -> None:
    """Expect that a further copy serves as if nothing had happened."""
    host = await submission.open()
    assert (await fetch(host)).json() == "served"


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.usefixtures("little_patience")
async def test_broken_frame_ends_the_copy(open_submission: OpenSubmission, data: bytes) -> None:
    """A frame that no host sends ends this copy with an error, and no other."""
    submission = open_submission(APP)
    error = await write(submission, data)

    assert error.kind == "protocol"
    await expect_next_copy(submission)


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
async def test_odd_values_are_no_fault(open_submission: OpenSubmission, data: bytes) -> None:
    """Values that only look like an answer are the submission's error, never the grader's."""
    submission = open_submission(APP)
    error = await write(submission, data)

    assert error.kind == "protocol"
    await expect_next_copy(submission)


@pytest.mark.parametrize("headers", [[1], [[b"a"]], [["a", "b"]], nest(500), {"a": 1}, None])
async def test_forged_refusal_is_read_with_care(
    open_submission: OpenSubmission, headers: Any
) -> None:
    """A response to a handshake that is none is the submission's error."""
    start = {"type": "websocket.http.response.start", "status": 403, "headers": headers}
    forged = pack(kind="send", call=2, event=start)
    code = f"""
        import sys

        async def app(scope, receive, send):
            sys.stdout.buffer._recorder.frames.stream.sendall({forged!r})
            await receive()
    """
    host = await open_submission(code).open()

    with pytest.raises(SubmissionError, match="broken response"):
        await open_websocket(host, "/").connect()


async def test_forged_place_is_read_with_care(open_submission: OpenSubmission) -> None:
    """Places that are none are left out; texts that are none are empty."""
    locations = [
        {"file": nest(500), "line": 3, "function": 7, "code": {"a": 1}},
        {"file": "app/main.py"},
        {"line": "3"},
    ]
    forged = pack(kind="raised", call=2, error={**ERROR, "locations": locations})
    host = await open_submission(APP).open()
    with pytest.raises(SubmissionError) as caught:
        await fetch(host, "/write", method="POST", content=forged)

    assert caught.value.where == (Location("", 3),)


@pytest.mark.usefixtures("little_patience")
async def test_unfinished_frame_is_a_hang(open_submission: OpenSubmission) -> None:
    """A frame that never ends swallows what follows: the copy is told as one without an answer."""
    submission = open_submission(APP)
    error = await write(submission, UNFINISHED)

    assert error.kind == "hang"
    await expect_next_copy(submission)


async def test_flood_of_events_is_stopped(
    open_submission: OpenSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events are counted, and above the cap the copy is ended."""
    monkeypatch.setattr(evidence, "MOST_EVENTS", 500)
    submission = open_submission(APP)
    error = await write(submission, pack(kind="waiting", call=7, arrived=0) * 501)

    assert error.kind == "protocol"
    assert "more than 500 events" in error.message
    await expect_next_copy(submission)


async def test_flood_of_bytes_is_stopped(
    open_submission: OpenSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes are counted, and above the cap the copy is ended."""
    monkeypatch.setattr(connections, "MOST_BYTES", 2**20)
    submission = open_submission(APP)
    error = await write(submission, pack(kind="output", stream="stdout", text="x" * 2**20))

    assert error.kind == "protocol"
    assert "more than 1 MiB" in error.message
    await expect_next_copy(submission)


async def test_closed_socket_is_a_crash(
    open_submission: OpenSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that closes its connection and goes on is told as ended, and ended."""
    monkeypatch.setattr(snapshot_process, "_LEAVE_SECONDS", 0.05)
    submission = open_submission(APP)
    host = await submission.open()
    with pytest.raises(SubmissionError) as caught:
        await fetch(host, "/close", method="POST")

    assert caught.value.kind == "crash"
    assert wait_until_ended(host.pid, 5)
    await expect_next_copy(submission)


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
async def test_broken_frame_at_import(open_submission: OpenSubmission, data: bytes) -> None:
    """A submission that writes broken frames while it is imported is told as that."""
    with pytest.raises(SubmissionError) as caught:
        await open_submission(IMPORT.format(data.hex())).open()

    assert caught.value.kind == "protocol"


async def test_unfinished_frame_at_import(
    open_submission: OpenSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame that never ends makes an import that never ends."""
    monkeypatch.setattr(connections, "IMPORT_SECONDS", FEW_SECONDS)
    with pytest.raises(SubmissionError) as caught:
        await open_submission(IMPORT.format(UNFINISHED.hex())).open()

    assert caught.value.kind == "hang"


async def test_flood_at_import_is_stopped(
    open_submission: OpenSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that are sent during the import are counted too."""
    monkeypatch.setattr(connections, "MOST_BYTES", 2**20)
    frame = pack(kind="output", stream="stdout", text="x" * 2**19, truncated=False)
    with pytest.raises(SubmissionError) as caught:
        await open_submission(IMPORT.format((frame * 3).hex())).open()

    assert caught.value.kind == "protocol"
    assert "more than 1 MiB" in caught.value.message


async def test_talkative_import_is_a_hang(
    open_submission: OpenSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import that never ends is told as that, even if it keeps talking."""
    monkeypatch.setattr(connections, "IMPORT_SECONDS", FEW_SECONDS)
    code = """
        import time
        while True:
            print("still there")
            time.sleep(0.01)
    """
    with pytest.raises(SubmissionError) as caught:
        await open_submission(code).open()

    assert caught.value.kind == "hang"


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted in /proc")
async def test_sent_descriptors_are_not_taken(open_submission: OpenSubmission) -> None:
    """Descriptors that a submission sends along with frames do not pile up in the grader."""
    code = """
        import os, socket, sys
        stream = sys.stdout.buffer._recorder.frames.stream
        for _ in range(200):
            socket.send_fds(stream, [FRAME], [0, 0, 0, 0])
        from fastapi import FastAPI
        app = FastAPI()
    """.replace("FRAME", repr(pack(kind="output", stream="stdout", text="y", truncated=False)))
    before = len(list(Path("/proc/self/fd").iterdir()))
    host = await open_submission(code).open()

    assert len(host.evidence.of(Output)) == 200
    assert len(list(Path("/proc/self/fd").iterdir())) < before + 20


async def test_graders_own_mistake_is_not_charged(
    open_submission: OpenSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the grader while it reads a good frame is raised as what it is."""
    host = await open_submission(APP).open()
    monkeypatch.setattr(Evidence, "append", stumble)

    with pytest.raises(KeyError, match="price"):
        await fetch(host)


def stumble(evidence: Evidence, event: object) -> None:
    """Make the mistake of looking up what is not there."""
    del evidence, event
    raise KeyError("price")
