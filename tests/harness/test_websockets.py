"""A WebSocket peer can be polite, stalled or dead, and the app sees what a server would show it."""

import pytest

from dojo.harness.evidence import Log, Returned, Sent
from dojo.harness.failures import SubmissionError
from dojo.harness.hosts import Host
from dojo.harness.websocket_client import NO_STATUS, WebSocket, open_websocket

from ..conftest import OpenSubmission

HEAD = """
import asyncio
import logging

reports = logging.getLogger("kata.reports")


def report(event):
    fields = {name: value for name, value in event.items() if name != "type"}
    reports.info(event["type"], extra={"seen": str(fields)})


async def try_to_send(send, event):
    try:
        await send(event)
    except OSError as error:
        reports.info("send failed", extra={"seen": str(error)})
    else:
        reports.info("send returned", extra={"seen": event.get("text", event["type"])})


def text(content):
    return {"type": "websocket.send", "text": content}


async def app(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
"""

ECHO = """
    while (event := await receive())["type"] == "websocket.receive":
        report(event)
        await try_to_send(send, text(event.get("text") or "binary"))
    report(event)
    await try_to_send(send, text("too late"))
"""

THREE_SENDS = """
    await receive()
    await asyncio.gather(*(try_to_send(send, text(name)) for name in "abc"))
    await receive()
"""

CLOSE_OVER_STALLED = """
    await receive()
    sending = asyncio.create_task(send(text("stuck")))
    await receive()
    sending.cancel()
    await try_to_send(send, {"type": "websocket.close", "code": 1013})
    report(await receive())
"""

CLOSE = """
    await send({"type": "websocket.close", "code": 4000, "reason": "enough"})
    report(await receive())
"""

COUNT_BEFORE_TURN = """
    turns = []
    event = await receive()
    asyncio.get_running_loop().call_soon(turns.append, "turn")
    while not turns and event["text"] != "end":
        report(event)
        event = await receive()
    await send(text("counted"))
"""

SEND_FROM_ELSEWHERE = """
    await receive()
    global sending
    sending = asyncio.create_task(try_to_send(send, text("stuck")))
    await receive()
"""

REFUSE = """
async def app(scope, receive, send):
    await receive()
    await send({"type": "websocket.close", "code": 1008})
"""

ACCEPT_WITH_HEADERS = """
async def app(scope, receive, send):
    await receive()
    headers = [(b"X-Board", b"Kiel"), (b"x-client", str(scope["client"]).encode())]
    await send({"type": "websocket.accept", "headers": headers})
"""

SEND_BYTES = """
    await send({"type": "websocket.send", "bytes": b"raw"})
    await receive()
"""


async def open_host(open_submission: OpenSubmission, body: str) -> Host:
    """Open an application whose body follows the handshake of `HEAD`."""
    return await open_submission(HEAD + body).open(start=False)


async def connect(host: Host) -> WebSocket:
    """Open an accepted session."""
    peer = open_websocket(host, "/room?name=asha")
    assert await peer.connect()
    return peer


def read_reports(host: Host, *messages: str) -> list[str]:
    """Give what the application reported, in order."""
    return [
        f"{log.message}: {log.fields['seen']}"
        for log in host.evidence.logs("kata.reports")
        if not messages or log.message in messages
    ]


async def test_text_goes_both_ways(open_submission: OpenSubmission) -> None:
    """A peer that is nothing special sends and receives text frames."""
    peer = await connect(await open_host(open_submission, ECHO))
    peer.send_text("hello")

    assert await peer.receive_text() == "hello"


async def test_refusal_ends_the_handshake(open_submission: OpenSubmission) -> None:
    """An application that closes instead of accepting has refused, with its code."""
    host = await open_submission(REFUSE).open(start=False)
    peer = open_websocket(host, "/room")

    assert not await peer.connect()
    assert (peer.accepted, peer.close_code) == (False, 1008)


@pytest.mark.parametrize("client", [("198.51.100.9", 4711), None])
async def test_acceptance_has_headers(
    open_submission: OpenSubmission, client: tuple[str, int] | None
) -> None:
    """The headers of an acceptance can be read, and the peer has the address that it is given."""
    host = await open_submission(ACCEPT_WITH_HEADERS).open(start=False)
    peer = open_websocket(host, "/room", client=client)

    assert await peer.connect()
    assert peer.headers == [(b"x-board", b"Kiel"), (b"x-client", str(client).encode())]


async def test_handshake_shown_as_command(open_submission: OpenSubmission) -> None:
    """What was done can be pasted into a shell."""
    host = await open_host(open_submission, ECHO)
    await connect(host)

    assert host.history == ["websockets 'ws://127.0.0.1:8000/room?name=asha'"]


async def test_binary_frame_has_no_text(open_submission: OpenSubmission) -> None:
    """A binary frame arrives as bytes alone, as uvicorn delivers it."""
    host = await open_host(open_submission, ECHO)
    peer = await connect(host)
    peer.send_bytes(b"")
    await peer.receive_text()

    assert read_reports(host, "websocket.receive") == ["websocket.receive: {'bytes': b''}"]


async def test_large_frame_arrives_whole(open_submission: OpenSubmission) -> None:
    """A frame of any size is one event; limits are the application's own affair."""
    peer = await connect(await open_host(open_submission, ECHO))
    peer.send_text("é" * 200_000)

    assert await peer.receive_text() == "é" * 200_000


async def test_binary_answer_is_no_text(open_submission: OpenSubmission) -> None:
    """Waiting for text, a binary frame is the submission's error."""
    peer = await connect(await open_host(open_submission, SEND_BYTES))

    with pytest.raises(SubmissionError, match="not send a text frame"):
        await peer.receive_text()


async def test_frames_pushed_together_arrive_together(open_submission: OpenSubmission) -> None:
    """Frames of one push are all there before the event loop turns."""
    host = await open_host(open_submission, COUNT_BEFORE_TURN)
    peer = await connect(host)
    peer.send_text("a", "b", "c", "end")
    await peer.receive_text()

    assert len(read_reports(host, "websocket.receive")) == 3


async def test_stalled_peer_holds_a_send(open_submission: OpenSubmission) -> None:
    """A send to a stalled peer is seen at once and returns only when the peer reads again."""
    host = await open_host(open_submission, ECHO)
    stalled, other = await connect(host), await connect(host)
    stalled.stall()
    stalled.send_text("held")
    event = await stalled.next_event()
    other.send_text("meanwhile")
    await other.receive_text()
    await other.exchange.wait_until_receiving()
    before = read_reports(host, "send returned")
    stalled.resume()
    await stalled.exchange.wait_until_receiving()

    assert event == {"type": "websocket.send", "text": "held"}
    assert before == ["send returned: meanwhile"]
    assert read_reports(host, "send returned") == [*before, "send returned: held"]


async def test_held_sends_return_in_order(open_submission: OpenSubmission) -> None:
    """Sends that are under way together return in the order in which they were made."""
    host = await open_host(open_submission, THREE_SENDS)
    peer = await connect(host)
    peer.stall()
    peer.send_text("go")
    seen = [await peer.receive_text() for _ in "abc"]
    peer.resume()
    await peer.exchange.wait_until_receiving()

    assert seen == ["a", "b", "c"]
    assert read_reports(host) == ["send returned: a", "send returned: b", "send returned: c"]


async def test_dead_peer_breaks_every_send(open_submission: OpenSubmission) -> None:
    """The send that finds a peer dead raises, all the others too, and then comes a disconnect."""
    host = await open_host(open_submission, ECHO)
    peer = await connect(host)
    peer.stall()
    peer.send_text("hello")
    await peer.receive_text()
    peer.die()
    await peer.exchange.wait_until_ended()

    assert read_reports(host)[1:] == [
        "send failed: Broken pipe",
        f"websocket.disconnect: {{'code': {NO_STATUS}}}",
        "send failed: Broken pipe",
    ]


async def test_left_peer_breaks_every_send(open_submission: OpenSubmission) -> None:
    """Behind a peer's own close nothing can be sent, and nothing seems to be."""
    host = await open_host(open_submission, ECHO)
    peer = await connect(host)
    peer.leave(1001)
    await peer.exchange.wait_until_ended()

    assert read_reports(host) == [
        "websocket.disconnect: {'code': 1001, 'reason': ''}",
        "send failed: The peer has left.",
    ]
    assert [sent.event["type"] for sent in host.evidence.of(Sent)] == ["websocket.accept"]


async def test_leaving_fails_a_held_send(open_submission: OpenSubmission) -> None:
    """A send that a stalled peer holds raises when that peer leaves."""
    host = await open_host(open_submission, THREE_SENDS)
    peer = await connect(host)
    peer.stall()
    peer.send_text("go")
    await peer.receive_text()
    peer.leave()
    await peer.exchange.wait_until_ended()

    assert read_reports(host, "send failed") == ["send failed: The peer has left."] * 3


async def test_close_is_seen_over_held_send(open_submission: OpenSubmission) -> None:
    """A close is seen although an abandoned send is in its way, and returns only behind that."""
    host = await open_host(open_submission, CLOSE_OVER_STALLED)
    peer = await connect(host)
    peer.stall()
    peer.send_text("go")
    await peer.receive_text()
    peer.send_text("close")
    event = await peer.next_event()
    peer.exchange.accept()
    await host.where()
    before = read_reports(host)
    peer.resume()
    await peer.exchange.wait_until_ended()

    assert (event, peer.close_code, before) == (None, 1013, [])
    assert read_reports(host) == [
        "send returned: websocket.close",
        "websocket.disconnect: {'code': 1013, 'reason': ''}",
    ]


async def test_own_close_is_answered(open_submission: OpenSubmission) -> None:
    """An application that has closed receives a disconnect with its own code."""
    host = await open_host(open_submission, CLOSE)
    peer = await connect(host)
    ended = await peer.next_event()
    await peer.exchange.wait_until_ended()

    assert (ended, peer.close_code) == (None, 4000)
    assert read_reports(host) == ["websocket.disconnect: {'code': 4000, 'reason': 'enough'}"]


async def test_closed_session_stays_closed(open_submission: OpenSubmission) -> None:
    """Nothing comes after a close, however often one looks."""
    peer = await connect(await open_host(open_submission, CLOSE))

    assert [await peer.next_event() for _ in range(2)] == [None, None]


async def test_waiting_keeps_sent_events(open_submission: OpenSubmission) -> None:
    """What is sent while a test waits for something else can be read afterwards."""
    host = await open_host(open_submission, ECHO)
    peer = await connect(host)
    peer.send_text("one", "two")
    await peer.exchange.wait_until_receiving()
    peer.leave()
    await peer.exchange.wait_until_ended()

    assert [await peer.receive_text() for _ in range(3)] == ["one", "two", None]


async def test_events_for_ended_calls_are_dropped(open_submission: OpenSubmission) -> None:
    """A peer may go on after the application is done with it: nobody is disturbed."""
    host = await open_host(open_submission, ECHO)
    peer, other = await connect(host), await connect(host)
    peer.leave()
    await peer.exchange.wait_until_ended()
    peer.send_text("late")
    peer.exchange.accept()
    peer.die()
    peer.exchange.cancel()
    other.send_text("still there")

    assert await other.receive_text() == "still there"
    assert len(host.evidence.of(Returned)) == 1
    assert not [log for log in host.evidence.of(Log) if log.level == "ERROR"]


async def test_ended_call_ends_its_connection(open_submission: OpenSubmission) -> None:
    """A send that another task still waits for fails when the call of the connection ends."""
    host = await open_host(open_submission, SEND_FROM_ELSEWHERE)
    peer = await connect(host)
    peer.stall()
    peer.send_text("go")
    await peer.next_event()
    peer.exchange.cancel()
    await peer.exchange.wait_until_ended()
    await host.count_objects()  # what was on its way has arrived

    assert read_reports(host) == ["send failed: The call of this connection has ended."]
