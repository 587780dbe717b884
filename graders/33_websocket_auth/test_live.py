"""Grader of 33_websocket_auth: who opens a session, what is said in it, and when it ends.

Tokens are made here, with the key that the given files have. When the clock moves, the timers of
the event loop move with it; how soon they are due is asked at moments that are far from that.
"""

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from dojo.grader import (
    Failure,
    Host,
    Location,
    Oracle,
    SeededInputs,
    SubmissionError,
    WebSocket,
    criterion,
    expect,
    expect_answer,
    expect_events,
    open_websocket,
    same_json,
)
from dojo.harness.hosts import Clock

KEY = "key-for-practice-of-the-login-service"
PROTOCOL = "orders.v1"
ORIGINS = ("https://orders.bakery.example", "http://localhost:5173")
REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
MINUTE, HOUR = 60, 3600
INVALID = {"type": "error", "code": "invalid"}
FORBIDDEN = {"type": "error", "code": "forbidden"}


def write_part(value: Any) -> str:
    """Write a part of a token."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(claims: dict[str, Any], key: str = KEY) -> str:
    """Make a token of claims."""
    text = f"{write_part({'alg': 'HS256', 'typ': 'JWT'})}.{write_part(claims)}"
    return f"{text}.{write_part(hmac.digest(key.encode(), text.encode(), 'sha256'))}"


def wish(shop: str) -> str:
    """Write the frame that subscribes to a shop."""
    return json.dumps({"type": "subscribe", "shop": shop})


def subscribed(shop: str) -> dict[str, str]:
    """Give the answer to a client that has subscribed."""
    return {"type": "subscribed", "shop": shop}


@dataclass(eq=False)
class Session:
    """A client with its connection, and what is expected of it; `words` say which one it is."""

    host: Host
    peer: WebSocket
    words: str
    handshake: str

    async def expect_accepted(self, because: str = "") -> None:
        """Expect that the handshake is accepted."""
        if not await self.peer.connect():
            seen = f"it is refused with the status {self.peer.status}"
            raise self._refuse("the handshake is accepted", seen, because)

    def expect_subprotocol(self, name: str | None, because: str) -> None:
        """Expect that the server has chosen this subprotocol."""
        chosen = self.peer.subprotocol
        if chosen != name:
            expected, seen = (f"'{each}'" if each else "none" for each in (name, chosen))
            expected = f"of the subprotocols the server chooses {expected}"
            raise self._refuse(expected, f"it chooses {seen}", because)

    async def expect_refused(self, because: str) -> None:
        """Expect that the handshake is refused, and never accepted."""
        expected = "the handshake is refused with 401 or 403"
        if await self.peer.connect():
            raise self._refuse(expected, "it is accepted", because)
        if self.peer.status not in REFUSED:
            raise self._refuse(expected, f"its status is {self.peer.status}", because)

    def _refuse(self, expected: str, seen: str, because: str) -> Failure:
        """Make a failure about the handshake, which shows nothing that was before it."""
        return replace(self.fails(expected, seen, because), did=[self.handshake])

    async def expect_answers(
        self, frames: Sequence[str | bytes], *answers: object, because: str = ""
    ) -> None:
        """Send frames one after the other, and expect the answer to each of them."""
        for frame, answer in zip(frames, answers, strict=True):
            self.note(f"sends {frame!r}")
            if isinstance(frame, bytes):
                self.peer.send_bytes(frame)
            else:
                self.peer.send_text(frame)
            await self.expect_frame(answer, because)

    def send_and_leave(self, text: str) -> None:
        """Send a frame, and be gone before it can be answered."""
        self.note(f"sends {text!r} and leaves at once")
        with self.host.connection.hold_frames():
            self.peer.send_text(text)
            self.peer.leave()

    async def expect_frame(self, value: object, because: str = "") -> None:
        """Expect that this JSON value is what the server sends next."""
        expected = f"{self.words} gets {json.dumps(value)}"
        event = await self._wait(expected, because)
        if event is None:
            raise self.fails(expected, self._describe_end(), because)
        if not same_json(read_frame(event), value):
            seen = f"{self.words} gets {json.dumps(read_frame(event))}"
            raise self.fails(expected, seen, because)

    async def expect_close(self, code: int, because: str = "") -> None:
        """Expect that the server closes the session before it sends anything else."""
        expected = f"the server closes {self.words} with {code}"
        event = await self._wait(expected, because)
        if event is not None:
            seen = f"{self.words} gets {json.dumps(read_frame(event))}"
            raise self.fails(expected, seen, because)
        if self.peer.close_code != code:
            raise self.fails(expected, self._describe_end(), because)

    async def expect_open(self, because: str) -> None:
        """Expect that the session has not ended."""
        await self.host.settle()
        await self.peer.list_events()
        if self.peer.close_code is not None or self.peer.exchange.ended:
            raise self.fails(f"{self.words} is open", self._describe_end(), because)

    async def expect_end(self) -> None:
        """Expect that the handler of a session that has ended ends too, without an exception."""
        expected = f"the handler of {self.words} ends without an exception"
        try:
            await self.peer.exchange.wait_until_ended()
        except SubmissionError as error:
            if error.kind != "hang":
                raise
            raise self.fails(expected, "it goes on", where=error.where) from None
        if self.peer.exchange.raised is not None:
            raise self.fails(expected, f"it raises {self.peer.exchange.raised}")

    async def _wait(self, expected: str, because: str) -> dict[str, Any] | None:
        """Wait for the next event; that none comes is a failure."""
        try:
            return await self.peer.next_event()
        except SubmissionError as error:
            if error.kind != "hang":
                raise
            raise self.fails(expected, "nothing", because, error.where) from None

    def _describe_end(self) -> str:
        if self.peer.close_code is not None:
            return f"the server closes {self.words} with {self.peer.close_code}"
        raised = self.peer.exchange.raised
        reason = f" with {raised}" if raised else ", and nothing is closed"
        return f"the handler of {self.words} ends{reason}"

    def note(self, step: str) -> None:
        """Add a step to what a failure tells of this run."""
        self.host.history.append(f"{self.words} {step}")

    def fails(
        self, expected: str, seen: str, because: str = "", where: Sequence[Location] = ()
    ) -> Failure:
        """Make a failure about this session."""
        where = tuple(where) or self.peer.exchange.locations
        return expect_events(self.host).fails(expected, seen, because, where)


def read_frame(event: dict[str, Any]) -> Any:
    """Read what a frame holds; if that cannot be read, give the event as text."""
    try:
        return json.loads(event["text"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return repr(event)


@dataclass(eq=False)
class Service:
    """The app, as clients and shops see it."""

    host: Host
    client: httpx.AsyncClient
    clock: Clock
    inputs: SeededInputs
    sessions: list[Session] = field(default_factory=list)

    def make_token(self, *shops: str, seconds: int = HOUR, key: str = KEY, **changes: Any) -> str:
        """Make a token that is good for so many seconds; `...` leaves a claim out."""
        expires_at = int(self.clock.now.timestamp()) + seconds
        claims = {"sub": self.inputs.name(), "shops": shops, "exp": expires_at} | changes
        return sign({name: each for name, each in claims.items() if each is not ...}, key)

    def knock(
        self,
        authorization: str = "",
        offers: Sequence[str] = (),
        query: str = "",
        **headers: str,
    ) -> Session:
        """Prepare a handshake."""
        said = {"authorization": authorization} if authorization else {}
        pairs = [(name.encode(), value.encode()) for name, value in (said | headers).items()]
        peer = open_websocket(self.host, f"/live{query}", headers=pairs, subprotocols=offers)
        words = f"session {len(self.sessions) + 1}"
        self.host.history[-1] = f"{words}: {self.host.history[-1]}"
        session = Session(self.host, peer, words, self.host.history[-1])
        self.sessions.append(session)
        return session

    async def enter(self, *shops: str, seconds: int = HOUR) -> Session:
        """Open a session with a token in the header."""
        session = self.knock(f"Bearer {self.make_token(*shops, seconds=seconds)}")
        await session.expect_accepted()
        return session

    async def expect_order_sent(self, shop: str, *listeners: Session, because: str = "") -> None:
        """Let a shop take an order, and expect that exactly these sessions get it."""
        body = {"shop": shop, "item": self.inputs.word()}
        answer = await expect_answer(self.host, self.client.post("/orders", json=body), "of a shop")
        expect(answer).status(200).json({"listeners": len(listeners)}, because)
        for each in listeners:
            await each.expect_frame({"type": "order"} | body, because)

    async def pass_time(self, seconds: float, words: str) -> None:
        """Move the clock, and with it the timers of the event loop."""
        self.host.history.append(f"# {words}")
        await self.clock.advance(seconds)
        await self.host.settle(seconds=seconds)

    async def expect_ends(self) -> None:
        """Let everybody leave, and expect that all handlers end without an exception."""
        for each in self.sessions:
            if each.peer.accepted and each.peer.close_code is None:
                each.note("leaves")
                each.peer.leave()
            await each.expect_end()


@pytest.fixture
def service(host: Host, client: httpx.AsyncClient, clock: Clock, inputs: SeededInputs) -> Service:
    """Give a service with nobody in it."""
    return Service(host, client, clock, inputs)


@criterion(task=1)
async def test_good_token_opens_session(service: Service, inputs: SeededInputs) -> None:
    """With a good token in the header a session opens, subscribes and gets orders."""
    one, other = (f"{inputs.word()}-{number}" for number in range(2))
    both = await service.enter(one, other)
    await both.expect_answers([wish(one), wish(other)], subscribed(one), subscribed(other))
    for scheme in ("bearer", "BEARER"):
        session = service.knock(f"{scheme} {service.make_token(other)}")
        await session.expect_accepted(because="The word may be in capital or small letters.")
        await session.expect_answers([wish(other), wish(other)], *[subscribed(other)] * 2)
        await service.expect_order_sent(other, both, session)
        await service.expect_order_sent(one, both)
        session.note("leaves")
        session.peer.leave()
        await session.expect_end()
        await service.expect_order_sent(other, both, because="The other one has left.")
    await service.expect_ends()


@criterion(task=1)
async def test_bad_token_is_refused(service: Service) -> None:
    """Without a good token in the right place the handshake is refused, and never accepted."""
    good = service.make_token("s1")
    handshakes: list[tuple[str, dict[str, Any]]] = [
        ("There is no token at all.", {}),
        ("The text is no token.", {"authorization": "Bearer junk"}),
        ("The header is a token alone, without `Bearer`.", {"authorization": good}),
        ("The header does not begin with `Bearer`.", {"authorization": f"Basic {good}"}),
        ("The token is in the query string.", {"query": f"?token={good}"}),
        ("The token is in the query string.", {"query": f"?access_token={good}"}),
        ("The token is in a cookie.", {"cookie": f"token={good}; access_token={good}"}),
        ("The subprotocol is a token without `bearer.`.", {"offers": [good]}),
        ("There is nothing after `bearer.`.", {"offers": [PROTOCOL, "bearer."]}),
        ("There is no token at all.", {"offers": [PROTOCOL], "origin": ORIGINS[0]}),
    ]
    for because, token in (
        ("Somebody else has signed the token.", service.make_token("s1", key=f"{KEY}-2")),
        ("The token has expired at this moment.", service.make_token("s1", seconds=0)),
        ("The token expired a year ago.", service.make_token("s1", seconds=-365 * 24 * HOUR)),
        ("The token never expires.", service.make_token("s1", exp=...)),
    ):
        handshakes.append((because, {"authorization": f"Bearer {token}"}))
        handshakes.append((because, {"offers": [PROTOCOL, f"bearer.{token}"]}))
    for because, way in handshakes:
        await service.knock(**way).expect_refused(because)
    await service.knock(f"Bearer {good}").expect_accepted()
    await service.pass_time(HOUR, "an hour passes")
    await service.knock(f"Bearer {good}").expect_refused("The token was good until now.")
    await service.expect_ends()


@criterion(task=2)
async def test_browser_offers_its_token(service: Service) -> None:
    """A token may be offered as a subprotocol; the server chooses `orders.v1` and nothing else."""
    offered = f"bearer.{service.make_token('s1')}"
    header = f"Bearer {service.make_token('s1')}"
    for authorization, offers in (
        ("", [PROTOCOL, offered]),
        ("", [offered, PROTOCOL]),
        ("", ["orders.v2", offered, "chat", PROTOCOL]),
        (header, [PROTOCOL]),
        (header, ["orders.v2", PROTOCOL]),
        ("", [offered]),
        ("", [offered, "orders.v2"]),
        (header, ["orders.v2"]),
        (header, []),
    ):
        session = service.knock(authorization, offers)
        chosen = PROTOCOL if PROTOCOL in offers else None
        known = [f"`{each.partition('.ey')[0]}`" for each in offers]
        because = f"{', '.join(known) or 'Nothing'} is offered here."
        await session.expect_accepted(because)
        session.expect_subprotocol(chosen, because)
        await session.expect_answers([wish("s1")], subscribed("s1"))
    await service.expect_ends()


@criterion(task=2)
async def test_foreign_origin_is_refused(service: Service) -> None:
    """A browser opens a session only from an allowed page, wherever its token is."""
    one, other = ORIGINS
    ways: tuple[dict[str, Any], ...] = (
        {"authorization": f"Bearer {service.make_token('s1')}"},
        {"offers": [PROTOCOL, f"bearer.{service.make_token('s1')}"]},
    )
    foreign = ("https://evil.example", f"{one}.evil.example", f"https://evil.example/{one}")
    near = (one.replace("https", "http"), f"{one}:444", f"{one}/", one.upper(), f"{other}0")
    for way in ways:
        for origin in ORIGINS:
            because = f"'{origin}' is one of `ALLOWED_ORIGINS`."
            await service.knock(**way, origin=origin).expect_accepted(because)
        for origin in (*foreign, *near, "null", ""):
            because = f"'{origin}' is none of `ALLOWED_ORIGINS`."
            await service.knock(**way, origin=origin).expect_refused(because)
    await service.expect_ends()


@criterion(task=3)
async def test_invalid_frames_end_session(service: Service, inputs: SeededInputs) -> None:
    """Invalid frames are answered; after three in a row the session is closed with 1008."""
    shop = inputs.word()
    session, other = await service.enter(shop), await service.enter(shop)
    texts = ("hello", "", "null", '{"type": "subscribe"}', wish(shop).replace(shop, f'{shop}", "'))
    frames: list[str | bytes] = [*texts, wish(shop).encode(), wish(shop).replace("subs", "Subs")]
    frames = inputs.sample(frames, len(frames))
    rows = ((frames[:2], wish(shop), subscribed(shop)), (frames[2:4], wish("x"), FORBIDDEN))
    for row, frame, answer in rows:
        await session.expect_answers(row, INVALID, INVALID)
        await other.expect_answers(row[:1], INVALID, because="Each session has its own row.")
        for each in (session, other):
            await each.expect_answers([frame], answer)
    await session.expect_answers(frames[4:5], INVALID)
    await service.expect_order_sent(shop, session, other, because="Both have subscribed to it.")
    await session.expect_answers(frames[5:], INVALID, INVALID)
    await session.expect_close(1008, "These were three invalid frames in a row.")
    await other.expect_answers([wish(shop)], subscribed(shop), because="This is another session.")
    await service.expect_order_sent(shop, other)
    other.note("sends four frames at once")
    other.peer.send_text("1", "2", "3", wish(shop))
    for _ in range(3):
        await other.expect_frame(INVALID)
    await other.expect_close(1008, "The first three frames were invalid.")
    for frame in (wish(shop), "hello"):
        session = await service.enter(shop)
        session.send_and_leave(frame)
        await session.expect_end()
    await service.expect_order_sent(shop, because="All sessions have ended.")
    await service.expect_ends()


@criterion(task=3)
async def test_other_shops_are_forbidden(service: Service, inputs: SeededInputs) -> None:
    """Nobody gets orders of a shop that their token does not name, and trying ends nothing."""
    shop = f"{inputs.word(3)}-1"
    near = (shop[:-1], f"{shop}2", shop.upper(), f" {shop}", "*")
    session = await service.enter(shop)
    await session.expect_answers([wish(shop)], subscribed(shop))
    owner = await service.enter(*near)
    for each in near:
        because = f"The token names '{shop}' alone."
        await session.expect_answers([wish(each)], FORBIDDEN, because=because)
        await owner.expect_answers([wish(each)], subscribed(each))
        await service.expect_order_sent(each, owner, because=because)
    await service.expect_order_sent(shop, session, because="This was subscribed to before.")
    await owner.expect_answers([wish(shop)], FORBIDDEN)
    await service.expect_ends()


@criterion(task=4)
async def test_session_ends_with_token(service: Service, inputs: SeededInputs) -> None:
    """When its token expires, and not before, a session is closed with 4401 and gets no order."""
    shop, seconds = inputs.word(), inputs.randint(4, 8) * HOUR
    half, rest = seconds // 2, 10 * MINUTE
    talking, listening, silent = [await service.enter(shop, seconds=seconds) for _ in range(3)]
    longer = await service.enter(shop, seconds=20 * seconds)
    for each in (talking, listening, longer):
        await each.expect_answers([wish(shop)], subscribed(shop))

    await service.pass_time(half, "half of the time of the first three tokens passes")
    because = f"The token is good for {seconds} seconds, and {half} have passed."
    await talking.expect_answers([wish(shop)], subscribed(shop), because=because)
    await service.expect_order_sent(shop, talking, listening, longer, because=because)
    late = await service.enter(shop, seconds=seconds - half)
    await service.pass_time(seconds - half - rest, "time passes until ten minutes are left")
    because = "The token is good for ten more minutes."
    await talking.expect_answers([wish(shop)], subscribed(shop), because=because)
    await service.expect_order_sent(shop, talking, listening, longer, because=because)
    for each in (silent, late):
        await each.expect_open(because)

    await service.pass_time(rest, "the last ten minutes pass")
    for each in (talking, listening, silent, late):
        await each.expect_close(4401, "The token has expired, and nothing was sent.")
    because = "The other tokens have expired."
    await service.expect_order_sent(shop, longer, because=because)
    await longer.expect_answers([wish(shop)], subscribed(shop), because=because)
    await service.pass_time(19 * seconds - rest, "days pass until it has ten minutes left")
    await longer.expect_answers([wish(shop)], subscribed(shop), because="Its token is still good.")
    await service.pass_time(rest, "the last ten minutes pass")
    await longer.expect_close(4401, "This token has expired too.")
    await service.expect_ends()


@criterion(task=3)
async def test_any_session_keeps_rules(oracle: Oracle) -> None:
    """Whoever comes with whatever token, page and frames, the rules are the same."""
    await oracle.compare()
