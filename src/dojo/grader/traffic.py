"""Traffic: requests that are drawn for a kata, and what its statement leaves open about answers.

`graders/<id>/traffic.py` holds one or more `Traffic`. Who is asked, and how answers are compared,
is the oracle's business.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

import httpx

from ..harness.failures import SubmissionError
from ..harness.hosts import Host
from ..harness.http_client import DEFAULT_CLIENT, Peer
from ..harness.websocket_client import CONNECTION_LOST, WebSocket, open_websocket
from .fixtures import SeededInputs

if TYPE_CHECKING:
    from ..harness.barriers import Barrier
    from ..harness.database import Database
    from ..harness.hosts import Clock
    from ..harness.mail_server import MailServer
    from ..harness.upstream import Upstream

Value = TypeVar("Value")

FILE_NAME = "traffic.py"

FEWEST_REQUESTS, MOST_REQUESTS = 40, 80
"""How many requests one sequence may have."""


class Draw(SeededInputs):
    """Seeded inputs that deal from pools besides: each value once, before any comes again."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self._decks: dict[int, tuple[Sequence[Any], list[Any]]] = {}

    def deal(self, pool: Sequence[Value]) -> Value:
        """Take the next value of a pool, which is shuffled again when all were taken."""
        _, deck = self._decks.setdefault(id(pool), (pool, []))
        if not deck:
            deck += self.sample(pool, len(pool))
        value: Value = deck.pop()
        return value


@dataclass(frozen=True)
class Request:
    """One request, as it is sent; `path` is encoded already, query included.

    Headers are Latin-1, as Starlette reads them: any byte can be sent in one. The reference may
    answer it with 500 only if it `crashes` by the statement. `client` is the peer's address, or
    `None` if the server gives none. `follow` gives the path when the request is sent, where only an
    earlier answer knows it, and one if that answer was left out.
    """

    method: str
    path: str
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    crashes: bool = False
    client: Peer | None = DEFAULT_CLIENT
    follow: "Callable[[Labs], str] | None" = None


def request(
    method: str,
    path: str,
    *values: object,
    query: Mapping[str, object] | Sequence[tuple[str, object]] = (),
    body: Any = ...,
    **more: Any,
) -> Request:
    """Make a request; `values` take the places of `{}` in the path, encoded, and `body` is JSON."""
    path = path.format(*(quote(str(value), safe="") for value in values))
    encoded = urlencode(query, quote_via=quote)
    headers = dict(more.pop("headers", {}))
    if body is not ...:
        more["content"] = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        headers.setdefault("content-type", "application/json")
    return Request(method, f"{path}?{encoded}" if encoded else path, headers=headers, **more)


@dataclass(frozen=True)
class Labs:
    """One copy of the app with the labs that the kata has; those that it lacks are missing.

    `prepared` is what the traffic's `prepare` gave.
    """

    host: Host
    database: "Database"
    clock: "Clock"
    upstream: "Upstream"
    mail: "MailServer"
    prepared: Any = None


@dataclass(frozen=True)
class Change:
    """Something that happens between two requests, and the words by which a learner is told."""

    description: str
    apply: Callable[[Labs], Awaitable[object] | None]


@dataclass(frozen=True)
class Together:
    """Requests that reach the app at the same moment; each answer is compared for itself.

    The `change` before them may let a lab hold just these: a `SelfOpeningBarrier` lets them go.
    """

    requests: Sequence[Request]
    change: Change | None = None


@dataclass(frozen=True)
class Hold:
    """Requests that come at the same moment and are held by a lab while the next steps are taken.

    `apply` puts a barrier into a lab, which holds its callers there from now on; afterwards it is
    given an open one. The next step comes once each request is held or answered. Compared are how
    many are held, and the answers to the others, in any order.
    """

    requests: Sequence[Request]
    description: str
    apply: Callable[[Labs, "Barrier"], object]


@dataclass(frozen=True)
class Release:
    """Those who are held longest go on; each answer is compared, and says that it was `HELD`."""

    description: str


HELD = "held"


@dataclass(frozen=True)
class Connect:
    """A WebSocket session is opened; `name` is what it is called in what follows.

    Compared are whether it is accepted, and the subprotocol if some were offered or one is chosen.
    """

    name: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    subprotocols: Sequence[str] = ()
    client: Peer | None = DEFAULT_CLIENT


@dataclass(frozen=True)
class Message:
    """A session sends a frame, or several that reach the app at the same moment."""

    name: str
    frames: Sequence[str | bytes]


@dataclass(frozen=True)
class Leave:
    """A session is closed from its own side; with 1006 the connection is lost instead."""

    name: str
    code: int = 1001


@dataclass(frozen=True)
class Pause:
    """A session reads nothing any more, or with `reads` it reads again."""

    name: str
    reads: bool = False


SessionStep = Connect | Message | Leave | Pause
"""After each of them, what every session gets is compared."""


@dataclass(frozen=True)
class Start:
    """The app is started anew, in a changed environment and with these files.

    `None` takes a variable away. Compared is whether it starts and, if it does not, what the
    traffic's `watch_refusal` finds: so nothing may be asked until the next start.
    """

    environment: Mapping[str, str | None] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """Say what it is started with."""
        given = [f"{name}={value}" for name, value in self.environment.items() if value is not None]
        given += [f"{name}: {text!r}" for name, text in self.files.items()]
        return f"the app is started with {', '.join(given) or 'nothing'}"


Step = Request | Change | Together | Hold | Release | SessionStep | Start


def list_requests(step: Step) -> Sequence[Request]:
    """Give the requests that a step sends."""
    match step:
        case Request():
            return (step,)
        case Together() | Hold():
            return step.requests
        case _:
            return ()


def _measure(step: Step) -> int:
    """Count what a step sends."""
    return len(list_requests(step)) or isinstance(step, SessionStep | Start)


def _agree_always(expected: Any, seen: Any) -> bool:
    del expected, seen
    return True


@dataclass(frozen=True)
class Freedom:
    """What a statement leaves open: the sentence that does, and where in an answer that is.

    `at` is a path such as `body.books[].id`, or empty for a whole answer; what stands there, in
    answers of `status` if one is given, is right if it and what was expected `agree`.
    """

    sentence: str
    at: str
    agree: Callable[[Any, Any], bool] = _agree_always
    status: int | None = None


Facts = dict[str, Any]


def _know_nothing(labs: Labs, *_: object) -> Facts:
    del labs
    return {}


@dataclass(frozen=True)
class Traffic:
    """The requests of a kata: scenes, each a short sequence, which are dealt until it is enough.

    Compared are status, content type, the named headers and the body of each answer, with what
    `watch` adds about it, and in the end what `inspect` finds. Both give JSON values by name.
    `prepare` makes the labs ready before the app starts, and may give what they are known by.
    `watch_refusal` finds what a `Start` tells that fails.
    """

    scenes: Sequence[Callable[[Draw], Sequence[Step]]]
    freedoms: Sequence[Freedom] = ()
    headers: Sequence[str] = ()
    prepare: Callable[[Labs], object] = _know_nothing
    watch: Callable[[Labs, httpx.Response], Facts] = _know_nothing
    inspect: Callable[[Labs], Facts] = _know_nothing
    watch_refusal: Callable[[Labs, SubmissionError], Facts] = _know_nothing
    requests: int = 50

    def draw(self, seed: str) -> list[Step]:
        """Draw a sequence of requests, and what happens between them."""
        draw, steps = Draw(seed), list[Step]()
        while sum(map(_measure, steps)) < self.requests:
            steps += draw.deal(self.scenes)(draw)
        return steps


_LONGEST_SHOWN = 160


class Conversation:
    """The WebSocket sessions of one host, by the names that steps give them.

    That nothing more comes is known once the app's event loop rests, and never by time. Whether
    what came is right, the oracle says.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._sessions: dict[str, WebSocket] = {}
        self._silent: set[str] = set()

    def find(self, name: str) -> WebSocket | None:
        """Give a session by its name; `None` if it was never opened."""
        return self._sessions.get(name)

    async def take(self, step: SessionStep, expected: Facts | None = None) -> Facts:
        """Take a step, and tell what every session gets until the app rests.

        What is `expected` is waited for first. A step of a session that is not there does nothing.
        """
        facts = await self._act(step)
        heard: dict[str, list[Any]] = {name: [] for name in self._sessions}
        for name, events in heard.items():
            await self._wait(name, events, len((expected or {}).get(f"{name} gets", ())))
        await self._host.settle()
        for name, events in heard.items():
            peer = self._sessions[name]
            events += [_read(event) for event in await peer.list_events()]
            events += self._read_end(name, peer)
        raised = {
            f"{name}'s handler raises": str(peer.exchange.raised)
            for name, peer in self._sessions.items()
            if peer.exchange.raised is not None
        }
        return facts | {f"{name} gets": events for name, events in heard.items()} | raised

    async def _act(self, step: SessionStep) -> Facts:
        if isinstance(step, Connect):
            return await self._connect(step)
        peer = self._sessions.get(step.name)
        if peer is None:
            return {}
        note = self._host.history.append
        match step:
            case Message(name, frames):
                shown = ", ".join(map(_show, frames))
                note(f"{name} sends {shown}{' in one go' if len(frames) > 1 else ''}")
                with self._host.connection.hold_frames():
                    for frame in frames:
                        peer.send_text(frame) if isinstance(frame, str) else peer.send_bytes(frame)
            case Leave(name, code):
                note(f"{name} {'loses the connection' if code == CONNECTION_LOST else 'leaves'}")
                self._silent.add(name)
                peer.leave(code)
            case Pause(name, reads):
                note(f"{name} {'reads again' if reads else 'stops reading'}")
                peer.resume() if reads else peer.stall()
        return {}

    async def _connect(self, step: Connect) -> Facts:
        headers = [
            (name.lower().encode(), value.encode("latin-1")) for name, value in step.headers.items()
        ]
        peer = open_websocket(
            self._host,
            step.path,
            headers=headers,
            subprotocols=step.subprotocols,
            client=step.client,
        )
        self._sessions[step.name] = peer
        self._host.history[-1] = f"{step.name}: {self._host.history[-1]}"
        if await peer.connect():
            chosen = peer.subprotocol
            told = {"subprotocol": chosen} if step.subprotocols or chosen is not None else {}
            return {"accepted": True} | told
        self._silent.add(step.name)
        return {"accepted": f"no, but status {peer.status}"}

    async def _wait(self, name: str, heard: list[Any], number: int) -> None:
        """Wait for so many events of a session; what does not come is missing then."""
        peer = self._sessions[name]
        while len(heard) < number:
            try:
                event = await peer.next_event()
            except SubmissionError as error:
                if error.kind != "hang":
                    raise
                return
            if event is None:
                heard += self._read_end(name, peer)
                return
            heard.append(_read(event))

    def _read_end(self, name: str, peer: WebSocket) -> list[Facts]:
        """Give how a session has ended, once, unless it was left."""
        if name in self._silent or (peer.close_code is None and not peer.exchange.ended):
            return []
        self._silent.add(name)
        if peer.close_code is not None:
            return [{"closed with": peer.close_code}]
        return [{"closed with": None}]


def _read(event: Mapping[str, Any]) -> Any:
    """Read what a frame holds: the JSON value of its text, or else the event itself."""
    try:
        return json.loads(event["text"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return {name: str(value) for name, value in event.items() if value is not None}


def _show(frame: str | bytes) -> str:
    shown = frame if isinstance(frame, str) and frame else repr(frame)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"
