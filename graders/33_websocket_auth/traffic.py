"""Traffic of 33_websocket_auth: visitors of many shops, what they send, and hours that pass.

Not sent is what the statement leaves open, such as two tokens in one handshake. Tokens expire at
full hours, and the clock is moved by halves of an hour.
"""

import base64
import hmac
import json
from collections.abc import Sequence
from typing import Any

from dojo.grader import (
    Change,
    Connect,
    Draw,
    Freedom,
    Labs,
    Leave,
    Message,
    Request,
    Step,
    Traffic,
    request,
)
from dojo.harness.hosts import START

KEY = b"key-for-practice-of-the-login-service"
NOW = int(START.timestamp())
HOUR = 3600
PROTOCOL = "orders.v1"
SHOPS = ("s1", "S1", " s1", "s", "", "*", "s1,s2", "Zoe\u0308 \u212b 50%41", "null", "x" * 300)
SCHEMES = ("Bearer", "bearer", "BEARER", "bEARER")
OTHER_SCHEMES = ("Basic", "Token", "Bearer:", "JWT")
ORIGINS = ("https://orders.bakery.example", "http://localhost:5173")
FOREIGN = (
    "null",
    "https://bakery.example",
    "https://a.orders.bakery.example",
    "https://orders.bakery.example.evil.example",
    "http://orders.bakery.example",
    "https://Orders.bakery.example",
    "http://localhost",
    "http://localhost:51730",
    "http://127.0.0.1:8000",
)
OTHERS = (("chat",), ("orders.v2", "orders"), ("ORDERS.V1",))
"""Subprotocols that the server does not speak."""
QUERIES = ("token", "access_token", "authorization")
WISHES: tuple[dict[str, Any], ...] = ({}, {"token": "x"}, {"shops": ["s1"]}, {"Type": "leave"})
"""What a valid frame may hold besides."""
INVALID: tuple[str | bytes, ...] = (
    "",
    "ping",
    "null",
    "[]",
    "NaN",
    '"subscribe"',
    '{"type": "subscribe"}',
    '{"shop": "s1"}',
    '{"type": "Subscribe", "shop": "s1"}',
    '{"type": "subscribe", "shop": null}',
    '{"type": "subscribe", "shop": 7}',
    '{"type": "subscribe", "shop": ["s1"]}',
    '{"type": "unsubscribe", "shop": "s1"}',
    '{"type": "subscribe", "shop": "s1"} {}',
    '{"type": "subscribe", "shop": "s1"',
    b'{"type": "subscribe", "shop": "s1"}',
    b"",
    b"\xff\xfe",
)


def write_part(value: Any) -> str:
    """Write a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def sign(shops: Sequence[str], hours: float = 99, key: bytes = KEY, **changes: Any) -> str:
    """Make a token that expires so many hours after the start."""
    claims = {"sub": "asha", "shops": shops, "exp": NOW + int(hours * HOUR)} | changes
    text = f"{write_part({'alg': 'HS256'})}.{write_part(claims)}"
    signature = hmac.digest(key, text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def knock(
    draw: Draw,
    words: str,
    authorization: str = "",
    offers: Sequence[str] = (),
    path: str = "/live",
    **headers: str,
) -> Connect:
    """Write a handshake; `words` tell what is special about it."""
    said = {"Authorization": authorization} if authorization else {}
    return Connect(f"session {draw.number()} ({words})", path, said | headers, offers)


def enter(draw: Draw, shops: Sequence[str], hours: float = 99) -> Connect:
    """Come with a good token, in any of the right ways."""
    token, words = sign(shops, hours), f"token for {', '.join(map(repr, shops))[:60] or 'no shop'}"
    way = draw.deal((0, 1, 2))
    origin = {"Origin": draw.deal(ORIGINS)} if way else {}
    if way == 2:
        return knock(draw, words, f"{draw.deal(SCHEMES)} {token}", **origin)
    offers = [PROTOCOL, f"bearer.{token}", *draw.deal(OTHERS)]
    return knock(draw, words, offers=draw.sample(offers, len(offers)), **origin)


def write(draw: Draw, shop: str) -> str:
    """Write a valid frame."""
    frame = {"type": "subscribe", "shop": shop} | draw.deal(WISHES)
    return json.dumps(frame, ensure_ascii=draw.random() < 0.5)


def order(draw: Draw, shop: str) -> Request:
    """Let a shop take an order."""
    return request("POST", "/orders", body={"shop": shop, "item": draw.word()})


def stay_out(draw: Draw) -> list[Step]:
    """Come without a good token, with one in a wrong place, and from a foreign page."""
    good, query = sign(["s1"]), draw.deal(QUERIES)
    bad = draw.sample((sign(["s1"], 0), sign(["s1"], key=KEY[1:]), sign(["s1"], sub=7)), 3)
    steps: list[Step] = [
        knock(draw, "bad token", f"Bearer {bad[0]}"),
        knock(draw, "bad token", offers=[f"bearer.{bad[1]}", PROTOCOL], Origin=ORIGINS[0]),
        knock(draw, "bad token", f"Bearer {bad[2]}"),
        knock(draw, "token in the query", path=f"/live?{query}={good}", Origin=ORIGINS[1]),
        knock(draw, "token in a cookie", Cookie=f"session={good}; authorization=Bearer {good}"),
        knock(draw, "token after another word", offers=[PROTOCOL, f"token.{good}"]),
    ]
    steps += [knock(draw, "other scheme", f"{each} {good}") for each in OTHER_SCHEMES]
    for origin in FOREIGN:
        way = draw.deal((0, 1))
        offers = [PROTOCOL, f"bearer.{good}"] if way else ()
        header = "" if way else f"Bearer {good}"
        steps.append(knock(draw, "foreign page", header, offers, Origin=origin))
    return draw.sample(steps, len(steps))


def choose(draw: Draw) -> list[Step]:
    """Offer subprotocols in any order, with the token among them and elsewhere."""
    token, steps = sign(["s1"]), list[Step]()
    for others in OTHERS:
        own = draw.sample((f"bearer.{token}", *others), 1 + len(others))
        steps += [
            knock(draw, "token alone", offers=own),
            knock(draw, "token in the header", f"Bearer {token}", [*others, PROTOCOL]),
            knock(draw, "token in the header", f"Bearer {token}", others),
        ]
    return draw.sample(steps, len(steps))


def ask(draw: Draw) -> list[Step]:
    """Ask for every shop with tokens for some of them, and let all of them take an order."""
    steps: list[Step] = []
    some = draw.sample(SHOPS, len(SHOPS))
    for shops in (["s1"], some[:5], some[5:], []):
        visitor = enter(draw, shops)
        asked = draw.sample(SHOPS, len(SHOPS))
        steps += [visitor, Message(visitor.name, [write(draw, each) for each in asked])]
    steps += [order(draw, each) for each in SHOPS]
    return [*steps, enter(draw, ["s1"])]


def break_rules(draw: Draw) -> list[Step]:
    """Send invalid frames, with others between them that end a row, in two sessions in turn."""
    one, other = (enter(draw, ["s1"]) for _ in range(2))
    steps: list[Step] = [one, other]
    valid = draw.sample((write(draw, "s1"), write(draw, "s2")), 2)
    for frame in valid:
        steps += [Message(one.name, [draw.deal(INVALID)]) for _ in range(2)]
        steps += [Message(other.name, [draw.deal(INVALID)]), Message(one.name, [frame])]
    rest = [draw.deal(INVALID) for _ in range(3)]
    steps += [Message(one.name, [each]) for each in rest]
    steps += [Message(other.name, [draw.deal(INVALID), write(draw, "s1"), draw.deal(INVALID)])]
    steps += [Message(other.name, [write(draw, "s1")]), order(draw, "s1")]
    last = enter(draw, ["s1"])
    return [*steps, last, Message(last.name, [draw.deal(INVALID) for _ in range(3)])]


def expire(draw: Draw) -> list[Step]:
    """Let time pass, until one token after the other has expired; some leave before."""
    hours = draw.sample((1, 2, 2, 3), 4)
    visitors = [enter(draw, ["s1"], each) for each in hours]
    steps: list[Step] = list(visitors)
    steps += [Message(each.name, [write(draw, "s1")]) for each in visitors[1:]]
    for _ in range(7):
        steps += [wait_half_an_hour(), order(draw, "s1")]
        steps += [Message(visitors[1].name, [write(draw, "s1")])]
    return [*steps, Leave(visitors[2].name)]


def wait_half_an_hour() -> Change:
    """Move the clock, and with it the timers of the event loop."""

    async def wait(labs: Labs) -> None:
        await labs.clock.advance(minutes=30)
        await labs.host.settle(seconds=HOUR / 2)

    return Change("half an hour passes", wait)


def visit(draw: Draw) -> list[Step]:
    """Do all of it, in any order; time passes last, since it passes for everybody."""
    scenes = draw.sample((stay_out, choose, ask, break_rules), 4)
    return [step for scene in (*scenes, expire) for step in scene(draw)]


def are_refused(expected: Any, seen: Any) -> bool:
    """Tell whether two handshakes are both refused."""
    refusals = ("no, but status 401", "no, but status 403")
    return expected in refusals and seen in refusals


traffic = Traffic(
    scenes=(visit,),
    freedoms=(Freedom("answer it with the status 401 or 403", "accepted", are_refused),),
    requests=80,
)
