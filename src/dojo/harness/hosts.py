"""Hosts: one fresh copy of a submission and all that a test can do with it from outside.

A host is opened for one criterion and ended with it. It can be killed in the middle of a call; a
second one can be opened on the same data. Each ASGI call is an exchange, event by event: requests,
WebSocket sessions and the lifespan alike. The clients of httpx and of WebSockets are built on it.
"""

import asyncio
import itertools
import signal
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from .connections import Connection
from .evidence import (
    Cancelled,
    Event,
    Evidence,
    Moved,
    ObjectCount,
    Raised,
    RaisedError,
    Returned,
    Sent,
    Settled,
    Waiting,
    Where,
)
from .failures import Location, SubmissionError, read_locations
from .patience import CallLimit, OutOfPatience, Patience, allow
from .processes import (
    Stopwatch,
    ask_where,
    has_ended,
    list_descendants,
    read_last_words,
    read_own_number,
    send_signal,
    wait_until_ended,
)
from .snapshot_process import Changes, HostProcess, SnapshotProcess

Scope = dict[str, Any]

Connect = Callable[[socket.socket, Evidence], Awaitable[Connection]]


class Exchange:
    """One call of the application.

    With `stepped`, each `send` of the application waits until the test lets it go on with
    `accept`, or breaks it with `refuse`: so the peer is as slow, or as dead, as the test wants.
    """

    def __init__(self, host: "Host", number: int, scope: Scope, stepped: bool) -> None:
        self.number = number
        self.scope = scope
        self.raised: RaisedError | None = None
        self.endpoint: tuple[Location, ...] = ()
        self.ended = False
        self.cancelled = False
        """Whether the call ended by being cancelled, by whomever."""
        self.broken = False
        self.began = len(host.evidence)
        """The number of events before the first one of this call."""
        self._host = host
        self._limit = CallLimit(scope, host.list_pids)
        self._unread: deque[Sent] = deque()
        self._pushed = 0
        self._taken = -1
        self._queue = host.connection.queue(number)
        host.connection.write(
            {"kind": "start", "call": number, "scope": scope, "acknowledge": stepped}
        )

    def push(self, *events: dict[str, Any]) -> None:
        """Put events where the application's `receive` finds them, all at the same moment."""
        self._pushed += len(events)
        self._host.connection.write({"kind": "events", "call": self.number, "events": events})

    def cancel(self) -> None:
        """Cancel the application's task, as a server does that is told to stop at once."""
        self._host.connection.write({"kind": "cancel", "call": self.number})

    def accept(self) -> None:
        """Let the application's oldest pending `send` return; each is to be accepted in turn."""
        self._host.connection.write({"kind": "sent", "call": self.number, "error": None})

    def stall(self) -> None:
        """Let every `send` of the application wait from now on, as a peer that does not read."""
        self._host.connection.write({"kind": "hold", "call": self.number, "held": True})

    def resume(self) -> None:
        """Let the sends that wait return, in their order, and all later ones at once."""
        self._host.connection.write({"kind": "hold", "call": self.number, "held": False})

    def refuse(self, error: str = "Broken pipe") -> None:
        """Break the connection, as a peer that vanishes; what that means, the protocol says.

        Sends over a WebSocket raise `OSError`; those of a response return and go nowhere.
        """
        self._host.connection.write({"kind": "sent", "call": self.number, "error": error})

    async def next(self) -> Event:
        """Wait for the next event of this call, of whichever kind."""
        event = await self._host.wait(self._queue, self._limit.stopwatch)
        self._keep_limit(event)
        if isinstance(event, Raised):
            self.raised = event.error
        self.cancelled = self.cancelled or isinstance(event, Cancelled)
        if isinstance(event, Waiting):
            self._taken = event.arrived
        if isinstance(event, Sent) and event.endpoint is not None:
            self.endpoint = read_locations([event.endpoint])
        self.ended = self.ended or isinstance(event, Returned | Raised | Cancelled)
        assert isinstance(event, Event)
        return event

    def _keep_limit(self, event: Event) -> None:
        """Raise `SubmissionError` if the call has gone on, bit by bit, for too long."""
        excess = self._limit.exceed(event)
        if excess is not None and not isinstance(event, Returned | Raised | Cancelled):
            raise self._host.error("limit", excess, self.endpoint)

    async def next_sent(self) -> Sent | None:
        """Wait for the next event that the application sends; `None` if it ends without one."""
        while not self._unread and not self.ended:
            await self._look()
        return self._unread.popleft() if self._unread else None

    async def take_sent(self) -> list[Sent]:
        """Give what the application has sent and nobody has read by now, without waiting."""
        while not self._queue.empty() and not self.ended:
            await self._look()
        taken = list(self._unread)
        self._unread.clear()
        return taken

    async def wait_until_receiving(self) -> None:
        """Wait until the application has taken every pushed event and waits for another."""
        while not self.ended and self._taken != self._pushed:
            await self._look()

    async def wait_until_ended(self) -> None:
        """Wait until the application's call has returned or raised."""
        while not self.ended:
            await self._look()

    async def _look(self) -> Event:
        """Wait for the next event, and keep it for later if it is one that was sent."""
        event = await self.next()
        if isinstance(event, Sent):
            self._unread.append(event)
        return event

    @property
    def locations(self) -> tuple[Location, ...]:
        """The submission's own lines of the exception that ended the call, innermost first."""
        return tuple(reversed(read_locations(self.raised.locations))) if self.raised else ()


CAUSES = {
    "threads": "all threads for `def` code are busy, and a request waits for one",
    "connections": "a request waits for a database connection: all of the pool are in use",
    "http connections": "a request waits for an HTTP connection: all of the pool are in use",
    "lock": "a request waits for a lock that is held",
    "semaphore": "a request waits for a semaphore that others hold",
}
"""What a silent app was seen to wait for, in words."""

_ALIVE_SECONDS = 0.3
_DEATH_SECONDS = 5.0


class Host:
    """A running copy of the submission."""

    def __init__(
        self, snapshot: SnapshotProcess, copy: HostProcess, connection: Connection
    ) -> None:
        self.connection = connection
        self.evidence: Evidence = connection.evidence
        self.history: list[str] = []
        self.pid = copy.pid
        self.list_pids = snapshot.list_pids
        self.patience = Patience(snapshot.list_pids)
        self._snapshot = snapshot
        self._numbers = itertools.count(1)
        self._lifespan: Exchange | None = None
        self._killed = False
        self.cause = ""

    @classmethod
    async def open(
        cls,
        snapshot: SnapshotProcess,
        listeners: Sequence[socket.socket] = (),
        environment: Changes | None = None,
        connect: Connect = Connection.open,
    ) -> Self:
        """Open a copy of the snapshot; the lifespan has not started.

        `connect` makes the connection over which its calls are driven.
        """
        copy = snapshot.open(listeners, environment or {})
        evidence = Evidence()
        for event in snapshot.evidence:
            evidence.append(event.model_copy())
        return cls(snapshot, copy, await connect(copy.stream, evidence))

    def call(self, scope: Scope, *, stepped: bool = False, did: str = "") -> Exchange:
        """Call the application with an ASGI scope."""
        self.history += [did] if did else []
        return Exchange(self, next(self._numbers), scope, stepped)

    async def start(self) -> None:
        """Run the application's startup, if it has one; `SubmissionError` if it fails."""
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        self._lifespan = self.call(scope)
        await self._step_lifespan(self._lifespan, "startup")

    async def stop(self) -> None:
        """Run the application's shutdown, if it has one; `SubmissionError` if it fails."""
        lifespan, self._lifespan = self._lifespan, None
        if lifespan is not None and not lifespan.ended and not self.connection.ended:
            await self._step_lifespan(lifespan, "shutdown")

    async def serve(self, **options: Any) -> None:
        """Start real uvicorn on the listeners that the host was opened with."""
        self.connection.write({"kind": "serve", "options": options})

    async def move_clock(self, at: float) -> None:
        """Set the time that the submission sees, in seconds since the epoch."""
        self.connection.write({"kind": "clock", "at": at})
        moved = await self.wait(self.connection.queue("moved"))
        assert isinstance(moved, Moved)

    async def settle(self, *, seconds: float = 0) -> int:
        """Wait until the app's event loop has nothing to do but to wait, for threads or others.

        With `seconds` its timers then run as if these had passed, which no clock shows. Gives how
        many worker threads of AnyIO are busy: in these, FastAPI calls what is not `async`.
        """
        self.connection.write({"kind": "settle", "seconds": seconds})
        settled = await self.wait(self.connection.queue("settled"))
        assert isinstance(settled, Settled)
        return settled.workers

    async def count_objects(self) -> dict[str, int]:
        """Count what is alive in the submission since it was copied, by the type's dotted name."""
        return (await self._take_object_count()).objects

    async def count_blocks(self) -> int:
        """Count the small blocks of memory in use: text and numbers that are kept show here.

        The first count and the first requests fill caches, so compare counts of later ones.
        """
        return (await self._take_object_count()).blocks

    async def _take_object_count(self) -> ObjectCount:
        self.connection.write({"kind": "object_count"})
        object_count = await self.wait(self.connection.queue("object_count"))
        assert isinstance(object_count, ObjectCount)
        return object_count

    def list_started(self) -> dict[int, int]:
        """Give the living processes that the copy has started.

        Each is found by the number that it has for itself; the value is its number here.
        """
        return {read_own_number(pid): pid for pid in list_descendants(self.pid)}

    def kill(self) -> None:
        """Kill the process at once, as a crash or a lost machine does; its locks are gone too."""
        self._killed = True
        if self.pid and not self.connection.ended:
            send_signal(self.pid, signal.SIGKILL)
            wait_until_ended(self.pid, _DEATH_SECONDS)
        self.connection.close()

    def close(self) -> None:
        """Leave the host; the process ends."""
        self.connection.close()

    async def wait(self, queue: asyncio.Queue[Any], longer: Stopwatch | None = None) -> Any:
        """Wait for what a queue brings; `SubmissionError` if the host ends or does not answer.

        A `longer` stopwatch counts the wait too.
        """
        if not queue.empty():
            event = queue.get_nowait()
        else:
            if self.connection.ended:
                raise self._describe_end()
            try:
                event = await self.patience.wait(queue.get(), longer=longer)
            except OutOfPatience:
                raise await self._describe_silence() from None
        if event is None:
            raise self._describe_end()
        return event

    async def where(self) -> tuple[Location, ...]:
        """Say where the submission's code stands: the blocked loop, or its tasks and threads.

        Why it is silent stands in `cause` then, in words; nothing if that was not seen.
        """
        self.cause = ""
        if self.connection.ended:
            return ()
        self.connection.write({"kind": "where"})
        try:
            async with allow(_ALIVE_SECONDS, self._snapshot.list_pids):
                answer = await self.connection.queue("where").get()
        except OutOfPatience:
            self.cause = "the app's event loop is blocked"
            return ask_where(self.pid, self._snapshot.folder) if self.pid else ()
        if not isinstance(answer, Where):
            return ()
        self.cause = CAUSES[answer.causes[0]] if answer.causes else ""
        return (*read_locations(answer.threads), *read_locations(answer.tasks))

    def error(self, kind: str, message: str, where: tuple[Location, ...] = ()) -> SubmissionError:
        """Make the error of a submission that could not be asked, with what was done so far."""
        return SubmissionError(kind, message, list(self.history), where)

    async def _describe_silence(self) -> Exception:
        if self.connection.ended:
            return self._describe_end()
        if self.pid and has_ended(self.pid):  # a child of its own holds the socket open
            return self._describe_crash()
        where = await self.where()
        cause = f": {self.cause}" if self.cause else ""
        return self.error("hang", f"The app does not answer{cause}.", where)

    def _describe_end(self) -> Exception:
        ended = self.connection.ended
        assert ended is not None
        if not isinstance(ended, SubmissionError):
            return ended
        if ended.kind != "crash":
            return self.error(ended.kind, ended.message)
        return self._describe_crash()

    def _describe_crash(self) -> SubmissionError:
        status = None if self._killed else self._snapshot.read_status(self.pid)
        where = read_last_words(self._snapshot.folder)
        return self.error("crash", _describe_status(status), where)

    async def _step_lifespan(self, lifespan: Exchange, step: str) -> None:
        lifespan.push({"type": f"lifespan.{step}"})
        sent = await lifespan.next_sent()
        if sent is None or sent.event.get("type") == f"lifespan.{step}.complete":
            return  # an application without this step is served all the same
        await lifespan.wait_until_ended()
        reason = _describe_failure(sent.event.get("message"), lifespan.raised)
        raise self.error("startup", f"The app's {step} fails with {reason}", lifespan.locations)


def _describe_failure(message: object, raised: RaisedError | None) -> str:
    """Say why a step of the lifespan failed; Starlette's message is a whole traceback."""
    is_told = isinstance(message, str) and not message.startswith("Traceback")
    if raised is not None and not is_told:
        return str(raised)
    return f"the message {message!r}" if is_told else "a lifespan that ends too early"


def _describe_status(status: int | None) -> str:
    if status is None:
        return "The app's process ended before it answered."
    if status < 0:
        names = {each.value: each.name for each in signal.Signals}
        return f"Signal {names.get(-status, -status)} killed the app's process before it answered."
    return f"The app ended its own process with exit status {status} and did not answer."


START = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
"""When every criterion begins: a day like any other, far from the edges of a year."""


class Clock:
    """A clock that stands still; all copies of the submission see the same time."""

    def __init__(self, move: Callable[[float], Awaitable[None]]) -> None:
        self.now = START
        self._move = move

    async def advance(self, seconds: float = 0, **units: float) -> datetime:
        """Move forward by seconds, or by the units of `timedelta`; give the new time in UTC."""
        self.now += timedelta(seconds=seconds, **units)
        await self._move(self.now.timestamp())
        return self.now
