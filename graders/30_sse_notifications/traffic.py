"""Traffic of 30_sse_notifications: browsers come and go, and one of them reads slowly.

What a browser gets is read as the HTML standard says. Not sent is what the statement leaves open:
a `Last-Event-ID` in other forms, and what waits in a queue when a stream ends.
"""

import codecs
import contextlib
import json
import re
from typing import Any

import httpx

from dojo.grader import (
    BASE_URL,
    Change,
    Draw,
    Freedom,
    Labs,
    Request,
    Step,
    Traffic,
    request,
    start_request,
)
from dojo.grader.rendezvous import SECONDS
from dojo.harness.barriers import Barrier
from dojo.harness.hosts import Exchange
from dojo.harness.http_client import DISCONNECT
from dojo.harness.patience import OutOfPatience
from dojo.harness.upstream import Received
from dojo.harness.upstream_protocol import Reply

News = dict[str, Any]

USERS = {"asha": 1, "ben": 2, "carla": 3}
KINDS = (
    "",
    " order: new ",
    "a\u2028b\x85c\x0bd\x1ce",
    "\n\nid: 5\n\n",
    "\r\n\r\nevent: admin",
    "\t\ufeffid",
    ": Ünï\x00 👩\u200d🚀",
    "message",
    "x" * 300,
)
TEXTS = (
    "",
    "\n",
    "\r\rdata: {}\r\r",
    "null",
    "a\u2028\u2029\x85b\x0c",
    '"quoted" \\n {0} %41',
    "Zoe\u0308 \u212b 👩\u200d🚀\x00",
    "data: [DONE]\n\nretry: 1\n\n",
    "y" * 3000,
)
BAD_IDS = ("newest", "-1", "-45", "null")
STRANGERS: tuple[dict[str, str], ...] = (
    {},
    {"Authorization": "Bearer nobody-token"},
    {"Authorization": "Basic asha-token"},
)
MOVE = 110
"""Seconds: three moves are more than the age of the oldest stream, and two are less."""

LINE_END = re.compile(r"\r\n|\n|\r")
NUMBER = re.compile(r"-?\d{1,20}", re.ASCII)


class Reader:
    """A browser that reads one stream."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.events: list[Any] = []
        self.last_id = ""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._text = ""

    async def read(self) -> None:
        """Read all that has come by now; the end of the stream is told like an event."""
        for sent in await self.exchange.take_sent():
            if sent.event.get("type") == "http.response.start":
                self.events.append({"status": sent.event["status"]})
            self._text += self._decode(sent.event.get("body", b""))
            if sent.event.get("type") == "http.response.body" and not sent.event["more_body"]:
                self.events.append("the end")
        *blocks, self._text = re.split(r"(?:\r\n|\n|\r){2}", self._text)
        for block in blocks:
            self._read_block(block)

    def _read_block(self, block: str) -> None:
        name, data = "", list[str]()
        for line in LINE_END.split(block):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "data":
                data.append(value)
            elif field == "event":
                name = value
            elif field == "id" and "\0" not in value:
                self.last_id = value
        if data:
            text = "\n".join(data)
            with contextlib.suppress(ValueError, RecursionError):
                text = json.loads(text)
            self.events.append({"id": self.last_id, "event": name or "message", "data": text})


class Shop:
    """The archive, and the browsers by the names that the steps give them."""

    def __init__(self) -> None:
        self.rows: list[News] = []
        self.readers: dict[str, Reader] = {}
        self.calls: Barrier | None = None

    async def answer(self, received: Received) -> Reply:
        """Give what is asked for, once whoever waits for the call has seen it."""
        if self.calls is not None:
            await self.calls.enter()
        user_id, after = received.path_parameters["user_id"], dict(received.query).get("after", "")
        if not NUMBER.fullmatch(after):
            return Reply.json({"detail": "This is no number."}, 400)
        mine = [row for row in self.rows if str(row["user_id"]) == user_id]
        return Reply.json([row for row in mine if row["id"] > int(after)])


def prepare(labs: Labs) -> Shop:
    """Open an archive that holds nothing."""
    shop = Shop()
    labs.upstream.on("GET", "/users/{user_id}/notifications", shop.answer)
    return shop


async def read_all(labs: Labs) -> None:
    """Let everybody read once the app has nothing to do any more."""
    await labs.host.settle()
    for reader in labs.prepared.readers.values():
        await reader.read()


def store(news: News) -> Change:
    """Let the archive store a notification."""

    async def apply(labs: Labs) -> None:
        await read_all(labs)
        labs.prepared.rows.append(news)

    return Change(f"the archive stores notification {news['id']}", apply)


def visit(name: str, user: str, last_id: int | None = None) -> Change:
    """Open a stream; if it comes back, wait until the archive has told it what it missed."""

    async def apply(labs: Labs) -> None:
        shop: Shop = labs.prepared
        headers = {"Authorization": f"Bearer {user}-token"}
        headers |= {} if last_id is None else {"Last-Event-ID": str(last_id)}
        asked = httpx.Request("GET", f"{BASE_URL}/notifications", headers=headers)
        shop.calls = Barrier() if last_id is not None else None
        shop.readers[name] = Reader(start_request(labs.host, asked))
        if shop.calls is not None:
            with contextlib.suppress(OutOfPatience):
                await labs.host.patience.wait(shop.calls.arrivals(1), SECONDS)
                shop.calls.open()
                await labs.host.patience.wait(labs.upstream.all_closed(), SECONDS)
            shop.calls.open()
        await read_all(labs)

    return Change(f"{name} opens a stream", apply)


def leave(name: str) -> Change:
    """Close a browser."""

    async def apply(labs: Labs) -> None:
        await read_all(labs)
        if reader := labs.prepared.readers.get(name):
            reader.exchange.push(DISCONNECT)
            await labs.host.settle()

    return Change(f"{name} leaves", apply)


def pause(name: str, *, reads: bool = False) -> Change:
    """Let a browser stop reading, or read again."""

    async def apply(labs: Labs) -> None:
        await read_all(labs)
        if reader := labs.prepared.readers.get(name):
            reader.exchange.resume() if reads else reader.exchange.stall()
        await read_all(labs)

    return Change(f"{name} {'reads again' if reads else 'stops reading'}", apply)


def pass_time() -> Change:
    """Move the clock of the event loop."""

    async def apply(labs: Labs) -> None:
        await read_all(labs)
        await labs.host.settle(seconds=MOVE)
        await read_all(labs)

    return Change(f"{MOVE} seconds pass", apply)


def look() -> Change:
    """Let everybody read."""
    return Change("everybody reads", read_all)


def deliver(news: News) -> list[Step]:
    """Store a notification and pass it on."""
    return [store(news), request("POST", "/notifications", body=news)]


class Writer:
    """Other teams, who write notifications with growing ids."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.last_id = draw.number(1, 90)

    def write(self, user: str) -> News:
        """Draw a notification."""
        self.last_id += self.draw.deal((1, 1, 2, 9, 91, 1000))
        kind, text = self.draw.deal(KINDS), self.draw.deal(TEXTS)
        return {"id": self.last_id, "user_id": USERS[user], "kind": kind, "text": text}


def live(draw: Draw) -> list[Step]:
    """Live through some visits: each kind and text, somebody slow, leavers, and old streams."""
    writer, asha, ben = Writer(draw), "Asha", "Ben"
    steps: list[Step] = [visit(asha, "asha"), visit(ben, "ben"), visit("Asha's phone", "asha")]
    steps += [visit("Carla", "carla"), *deliver(writer.write("carla")), leave("Carla")]
    steps += [*deliver(writer.write("carla")), visit("Carla's phone", "carla")]
    for _ in KINDS:
        steps += deliver(writer.write("asha"))
    steps += [pause(ben)]
    for _ in TEXTS:
        steps += deliver(writer.write("ben"))
    steps += [*refuse(draw), pause(ben, reads=True), leave(asha), pass_time()]
    seen = writer.last_id
    for user in draw.sample((*USERS, *USERS), 6):
        steps += deliver(writer.write(user))
    steps += [visit("Asha, back again,", "asha", seen), visit("Ben's phone", "ben", writer.last_id)]
    steps += [visit("Carla, back again,", "carla", 0), visit("Ben's tablet", "ben", 0)]
    steps += [pass_time(), visit("Ben's watch", "ben"), pause("Ben's watch")]
    for user in USERS:
        steps += deliver(writer.write(user))
    steps += [pass_time(), pass_time(), pass_time(), pause("Ben's watch", reads=True)]
    for user in USERS:
        steps += deliver(writer.write(user))
    return [*steps, look()]


def refuse(draw: Draw) -> list[Request]:
    """Ask in ways that get no stream, and for the short route."""
    token = {"Authorization": "Bearer asha-token"}
    steps = [
        request("GET", "/notifications", headers=token | {"Last-Event-ID": each})
        for each in draw.sample(BAD_IDS, len(BAD_IDS))
    ]
    steps += [request("GET", "/notifications", headers=each) for each in STRANGERS]
    return [*steps, request("GET", "/me", headers=token)]


def inspect(labs: Labs) -> dict[str, Any]:
    """Give what each browser got."""
    return {f"{name} gets": each.events for name, each in labs.prepared.readers.items()}


traffic = Traffic(
    scenes=(live,),
    freedoms=(Freedom("What a 422 says is up to you", "body", status=422),),
    prepare=prepare,
    inspect=inspect,
    requests=40,
)
