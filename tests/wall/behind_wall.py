"""Behind the wall: the app of a case runs in a host, and the harness is its client."""

from dojo.grader.fixtures import HostOpener
from dojo.harness.failures import SubmissionError
from dojo.harness.hosts import Host
from dojo.harness.http_client import open_client
from dojo.harness.websocket_client import CONNECTION_LOST, WebSocket, open_websocket

from ..conftest import Submission
from .cases import Case, Request, Session
from .outcomes import Notes, Outcome, ask, wait_for


async def run_behind_wall(
    submission: Submission, case: Case, open_host: HostOpener = Host.open
) -> Outcome:
    """Run a case in a fresh host, opened in this way."""
    host = await open_host(submission.snapshot, environment={"CASE": case.source})
    try:
        if isinstance(case.client, Request):
            await host.start()
            return await _ask(host, case.client)
        if isinstance(case.client, Session):
            await host.start()
            return await _talk(host, case.client)
        return await _live(host)
    finally:
        host.close()


def _note_of(host: Host) -> Notes:
    return lambda: [log.message for log in host.evidence.logs("kata.wall")]


async def _ask(host: Host, request: Request) -> Outcome:
    async with open_client(host) as client:
        return await ask(client, request, _note_of(host))


async def _live(host: Host) -> Outcome:
    outcome = Outcome()
    try:
        await host.start()
        outcome = await _ask(host, Request())
        await host.stop()
        outcome.end = "stopped"
    except SubmissionError as error:
        outcome.end = "shutdown fails" if "shutdown" in error.message else "startup fails"
    await host.count_objects()  # what was on its way has arrived
    outcome.notes = _note_of(host)()
    return outcome


async def _talk(host: Host, session: Session) -> Outcome:
    outcome = Outcome()
    headers = [(name.lower().encode(), value.encode()) for name, value in session.headers]
    peer = open_websocket(host, session.target, headers=headers, subprotocols=session.subprotocols)
    accepted = await peer.connect()
    outcome.status = peer.status
    if accepted:
        await _take_steps(host, peer, session, outcome)
    else:
        outcome.body = peer.body
        outcome.keep_headers(peer.headers)
        outcome.end = "refused" if peer.status else "broken off"
    await wait_for(_note_of(host), "app ends")
    outcome.notes = _note_of(host)()
    return outcome


async def _take_steps(host: Host, peer: WebSocket, session: Session, outcome: Outcome) -> None:
    for step, argument in session.steps:
        match step, argument:
            case "send", str():
                peer.send_text(argument)
            case "send", bytes():
                peer.send_bytes(argument)
            case "see", str():
                await wait_for(_note_of(host), argument)
            case "leave", (int(code), str(reason)):
                peer.leave(code, reason)
                outcome.end = f"closed {code} {reason}"
            case "vanish", _:
                peer.leave(CONNECTION_LOST)
                outcome.end = "lost"
            case "read", int(count):
                for _ in range(count):
                    await _read(peer, outcome)
    while await _read(peer, outcome):
        pass


async def _read(peer: WebSocket, outcome: Outcome) -> bool:
    event = await peer.next_event()
    if event is None:
        closed = f"closed {peer.close_code} {peer.close_reason}"
        outcome.end = outcome.end or ("lost" if peer.close_code is None else closed)
        return False
    text, data = event.get("text"), event.get("bytes")
    message = data if text is None else text
    assert isinstance(message, str | bytes)
    outcome.messages.append(message)
    return True
