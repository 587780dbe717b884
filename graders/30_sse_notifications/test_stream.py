"""Grader of 30_sse_notifications: browsers that come back, leave, and stay for long.

The archive holds its callers, so that what is delivered meanwhile is a fact. Time is moved.
"""

import asyncio
import codecs
import contextlib
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dojo.grader import (
    BASE_URL,
    Failure,
    Host,
    Oracle,
    SeededInputs,
    Sent,
    SubmissionError,
    criterion,
    expect,
    expect_answer,
    start_request,
)
from dojo.grader.differences import describe_differences, find_differences
from dojo.grader.rendezvous import SECONDS
from dojo.harness.barriers import Barrier
from dojo.harness.http_client import DISCONNECT
from dojo.harness.patience import OutOfPatience
from dojo.harness.upstream import Received, Upstream
from dojo.harness.upstream_protocol import Reply

News = dict[str, Any]

LONGEST_STREAM, LONGEST_SILENCE, RETRY_MILLISECONDS = 300, 20, 2000
POOL_SIZE = 2
USERS = {"asha": 1, "ben": 2, "carla": 3}
HEADERS = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
}
LINE_END = re.compile(r"\r\n|\n|\r")
NUMBER = re.compile(r"-?\d{1,20}", re.ASCII)
ATTACKS = (
    ("order", "Hello\n\nid: 1\nevent: admin\ndata: {}\n\n"),
    ("order\r\n\r\nevent: admin\rdata: {}", "a\r\rb\n"),
)
"""Kinds and texts in which there are lines of a stream."""

ONCE = "Each notification comes once, also if it is delivered while the archive is answering."


class Archive:
    """The archive: what it holds, and where its callers are held."""

    def __init__(self, upstream: Upstream) -> None:
        self.rows: list[News] = []
        self.calls = 0
        self.barriers: dict[str, Barrier] = {}
        self.is_early = False
        """Whether it gives what it held when it was asked, and not when it answers."""
        upstream.on("GET", "/users/{user_id}/notifications", self._answer)

    async def _answer(self, received: Received) -> Reply:
        self.calls += 1
        user_id, after = received.path_parameters["user_id"], dict(received.query).get("after", "")
        if not NUMBER.fullmatch(after):
            return Reply.json({"detail": "This is no number."}, 400)
        early = self._find(user_id, int(after))
        if barrier := self.barriers.get(user_id):
            await barrier.enter()
        return Reply.json(early if self.is_early else self._find(user_id, int(after)))

    def _find(self, user_id: str, after: int) -> list[News]:
        mine = [row for row in self.rows if str(row["user_id"]) == user_id]
        return [row for row in mine if row["id"] > after]

    def hold(self, user: str) -> Barrier:
        """Hold all calls about a user from now on."""
        self.barriers[str(USERS[user])] = barrier = Barrier()
        return barrier


class Browser:
    """One open stream, and somebody who reads it as the HTML standard says."""

    def __init__(self, host: Host, user: str | None, last_id: object = None) -> None:
        headers = {"Accept": "text/event-stream"}
        headers |= {} if user is None else {"Authorization": f"Bearer {user}-token"}
        headers |= {} if last_id is None else {"Last-Event-ID": str(last_id)}
        request = httpx.Request("GET", f"{BASE_URL}/notifications", headers=headers)
        self.exchange = start_request(host, request)
        self.status = 0
        self.headers = httpx.Headers()
        self.events: list[News] = []
        self.comments = 0
        self.retry: int | None = None
        self.retries: list[int | None] = []
        """What `retry` was at each event."""
        self.is_complete = False
        self._host = host
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line, self._skips = "", False
        self._event: dict[str, str] = {}
        self._data: list[str] = []
        self._last_id = ""

    async def hear(self) -> bool:
        """Wait for something of the stream; tell whether something came."""
        try:
            sent = await self.exchange.next_sent()
        except SubmissionError as error:
            if error.kind != "hang":
                raise
            return False
        if sent is not None:
            self._take(sent)
        return sent is not None and not self.is_complete

    async def rest(self) -> None:
        """Hear all that has come once the app has nothing to do any more."""
        await self._host.settle()
        for sent in await self.exchange.take_sent():
            self._take(sent)

    def _take(self, sent: Sent) -> None:
        event = sent.event
        if event.get("type") == "http.response.start":
            self.status = int(event["status"])
            self.headers = httpx.Headers([tuple(pair) for pair in event["headers"]])
            return
        self._read(self._decoder.decode(event.get("body", b"")))
        self.is_complete = not event.get("more_body", False)

    def _read(self, text: str) -> None:
        """Take a piece of the stream, which may end anywhere."""
        if not text:
            return
        text, ends = (text[1:] if self._skips and text[0] == "\n" else text), text[-1] == "\r"
        self._skips = ends
        *lines, self._line = LINE_END.split(self._line + text)
        for line in lines:
            self._read_line(line)

    def _read_line(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            self._dispatch()
        elif not name:
            self.comments += 1
        elif name == "data":
            self._data.append(value)
        elif name == "event":
            self._event["event"] = value
        elif name == "id" and "\0" not in value:
            self._last_id = value
        elif name == "retry" and re.fullmatch("[0-9]{1,9}", value):
            self.retry = int(value)

    def _dispatch(self) -> None:
        data, self._data = "\n".join(self._data), []
        name = self._event.pop("event", "") or "message"
        if data:
            self.retries.append(self.retry)
            self.events.append({"id": self._last_id, "event": name, "data": read_json(data)})

    async def wait_until(
        self, holds: Callable[["Browser"], bool], expected: str, because: str = ""
    ) -> None:
        """Wait until what came of the stream is as it should be."""
        while not holds(self):
            if not await self.hear() and not holds(self):
                seen = "the stream is open, and nothing comes"
                if self.exchange.ended or self.is_complete:
                    seen = "the stream has ended"
                raise self.fails(expected, seen, because)

    async def open(self, moment: str = "to the request", because: str = "") -> None:
        """Wait for the head of the response, and for the app to rest."""
        await self.wait_until(lambda own: own.status != 0, f"an answer {moment}", because)
        if self.status != 200:
            raise self.fails("status 200", f"status {self.status}")
        await self.rest()

    async def expect_news(self, *news: News, because: str = "") -> None:
        """Expect an event with the id of each of these notifications, and no other one by now."""
        expected = [str(each["id"]) for each in news]
        seen = [each["id"] for each in await self.take_events(len(news))]
        if seen != expected:
            words = f"events with the ids {', '.join(expected)}" if news else "no event"
            found = f"events with the ids {', '.join(seen)}" if seen else "no event"
            raise self.fails(words, found, because)

    async def expect_event(self, news: News) -> None:
        """Expect just one event, which holds the whole notification."""
        if differences := list(
            find_differences([make_event(news)], await self.take_events(1), path="events")
        ):
            raise self.fails(*describe_differences(differences))

    async def take_events(self, number: int) -> list[News]:
        """Take what has come once it is so many events, or the app rests and no more come."""
        while len(self.events) < number and await self.hear():
            pass
        await self.rest()
        seen, self.events = self.events, []
        return seen

    def expect_open(self, because: str) -> None:
        """Expect that the app has not ended the stream."""
        if self.exchange.ended or self.is_complete:
            raise self.fails("an open stream", "the stream has ended", because)

    async def leave(self) -> None:
        """Close the connection."""
        self._host.history.append("the browser leaves")
        self.exchange.push(DISCONNECT)

    def fails(self, expected: str, seen: str, because: str = "") -> Failure:
        """Make a failure about this stream."""
        where = self.exchange.locations or self.exchange.endpoint
        return Failure(expected, seen, list(self._host.history), because, where)


def read_json(text: str) -> Any:
    """Read the data of an event; give the text itself if it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def make_event(news: News) -> News:
    """Write a notification as the event that a browser should get."""
    kind = news["kind"].replace("\r", " ").replace("\n", " ")
    return {"id": str(news["id"]), "event": kind or "message", "data": news}


class Shop:
    """The app with its archive, and the notifications that other teams send."""

    def __init__(
        self, host: Host, client: httpx.AsyncClient, archive: Archive, inputs: SeededInputs
    ) -> None:
        self.host = host
        self.archive = archive
        self._client = client
        self._inputs = inputs
        self._last_id = inputs.number(50, 500)

    def store(self, user: str, kind: str = "order", text: str | None = None) -> News:
        """Put a notification into the archive."""
        self._last_id += self._inputs.randint(1, 12)
        text = self._inputs.name() if text is None else text
        news = {"id": self._last_id, "user_id": USERS[user], "kind": kind, "text": text}
        self.archive.rows.append(news)
        return news

    async def deliver(self, user: str, kind: str = "order", text: str | None = None) -> News:
        """Let the archive store a notification and pass it on."""
        news = self.store(user, kind, text)
        await self.send(news)
        return news

    async def send(self, news: News) -> None:
        """Pass a notification on that the archive has stored."""
        expect(await self._client.post("/notifications", json=news)).status(204)

    async def open(self, user: str, last_id: object = None) -> Browser:
        """Open a stream."""
        browser = Browser(self.host, user, last_id)
        await browser.open()
        return browser

    async def open_held(self, user: str, last_id: int) -> tuple[Browser, Barrier]:
        """Open a stream that comes back, and hold its call of the archive if there is one."""
        barrier = self.archive.hold(user)
        browser = Browser(self.host, user, last_id)
        with contextlib.suppress(OutOfPatience):
            await self.host.patience.wait(barrier.arrivals(1), SECONDS)
        await self.host.settle()
        return browser, barrier

    def release(self, barrier: Barrier) -> None:
        """Let the archive answer, now and later."""
        self.host.history.append("the archive answers")
        barrier.open()

    async def pass_time(self, seconds: int) -> None:
        """Move the clock of the event loop."""
        self.host.history.append(f"{seconds} seconds pass")
        await self.host.settle(seconds=seconds)

    def count(self, logger: str, message: str) -> int:
        """Count what a given file reports."""
        return len(self.host.evidence.logs(logger, message))

    async def expect_subscriptions(self, number: int, because: str) -> None:
        """Expect that so many queues are subscribed once the app has nothing to do any more."""
        await self.host.settle()
        found = self.count("kata.broker", "subscribed") - self.count("kata.broker", "unsubscribed")
        if found != number:
            expected = f"{number} subscriptions for {number} open streams"
            raise Failure(expected, f"{found}", list(self.host.history), because)


@pytest.fixture
def shop(host: Host, client: httpx.AsyncClient, upstream: Upstream, inputs: SeededInputs) -> Shop:
    """Give the app with an archive that answers at once."""
    return Shop(host, client, Archive(upstream), inputs)


@criterion(task=1)
async def test_notification_is_one_event(shop: Shop) -> None:
    """Each notification is one event with its id, kind and JSON, whatever stands in it."""
    asha, ben = [await shop.open(user) for user in ("asha", "ben")]
    for name, value in HEADERS.items():
        found = asha.headers.get(name)
        if found is None or found.partition(";")[0].strip().lower() != value:
            seen = f"no header '{name}'" if found is None else f"header '{name}: {found}'"
            raise asha.fails(f"header '{name}: {value}'", seen)
    for kind, text in (("order", None), *ATTACKS, ("offer", None)):
        await asha.expect_event(await shop.deliver("asha", kind, text))
    await ben.expect_news(because="These are notifications for somebody else.")
    await ben.expect_event(await shop.deliver("ben"))


@criterion(task=2)
async def test_resumed_stream_has_no_gap(shop: Shop) -> None:
    """A stream that comes back gets what it has missed, then what is new, and nothing twice."""
    for is_early in (True, False):
        shop.archive.is_early = is_early
        first, *missed = [shop.store("asha") for _ in range(4)]
        shop.store("ben")
        browser, barrier = await shop.open_held("asha", first["id"])
        missed += [await shop.deliver("asha") for _ in range(2)]
        shop.release(barrier)
        await browser.expect_news(*missed, because=ONCE)
        await browser.expect_news(await shop.deliver("asha"))
        await browser.leave()
    stored = [shop.store("ben") for _ in range(2)]
    browser = await shop.open("ben", stored[0]["id"] - 1)
    await browser.expect_news(*stored)
    for news in stored:
        await shop.send(news)
    await browser.expect_news(because=ONCE)
    await browser.expect_news(await shop.deliver("ben"))
    await browser.leave()
    again = await shop.open("asha", missed[-1]["id"])
    rows = [row for row in shop.archive.rows if row["id"] > missed[-1]["id"]]
    await again.expect_news(*[row for row in rows if row["user_id"] == USERS["asha"]])
    everything = await shop.open("ben", 0)
    await everything.expect_news(
        *[row for row in shop.archive.rows if row["user_id"] == USERS["ben"]]
    )
    await everything.expect_news(await shop.deliver("ben"))


@criterion(task=2)
async def test_archive_is_asked_by_need(shop: Shop, host: Host) -> None:
    """A bad `Last-Event-ID` gets 422, a stranger 401; these and a first visit ask no archive."""
    shop.store("asha")
    for user, last_id, status in (
        ("asha", "newest", 422),
        ("asha", "", 422),
        ("asha", "-1", 422),
        ("ben", "-45", 422),
        (None, None, 401),
        ("nobody", None, 401),
        (None, 0, 401),
        ("nobody", 0, 401),
    ):
        browser = Browser(host, user, last_id)
        await browser.wait_until(lambda own: own.status != 0, "an answer")
        if browser.status != status:
            raise browser.fails(f"status {status}", f"status {browser.status}")
        await browser.leave()
    browser = await shop.open("asha")
    await browser.expect_news(await shop.deliver("asha"))
    if shop.archive.calls:
        raise browser.fails("that the archive is not asked", f"{shop.archive.calls} calls")


@criterion(task=3)
async def test_streams_hold_no_session(
    shop: Shop, client: httpx.AsyncClient, inputs: SeededInputs
) -> None:
    """Open streams keep no session, and the other routes answer beside them."""
    because = f"There are {POOL_SIZE} sessions. A stream that keeps one keeps it for long."
    held, barrier = await shop.open_held("ben", 0)
    streams: list[Browser] = []
    users = [*inputs.sample(sorted(USERS), 3), "asha", "carla"]
    for user in users:
        browser = Browser(shop.host, user)
        await browser.open(f"while {len(streams) + 1} streams are open", because)
        streams.append(browser)
    for user in USERS:
        headers = {"Authorization": f"Bearer {user}-token"}
        moment = f"while {len(streams) + 1} streams are open"
        answer = await expect_answer(shop.host, client.get("/me", headers=headers), moment, because)
        expect(answer).status(200).json_at("id", equals=USERS[user])
    await shop.host.settle()
    opened, closed = (shop.count("kata.session", each) for each in ("opened", "closed"))
    if opened == 0 or opened != closed:
        raise held.fails("no session in use", f"{opened} opened and {closed} closed", because)
    shop.release(barrier)
    news = await shop.deliver("carla")
    for user, browser in zip(users, streams, strict=True):
        await browser.expect_news(*[news for _ in "x" if user == "carla"])


@criterion(task=3)
async def test_leaver_is_unsubscribed(shop: Shop) -> None:
    """When a client leaves, its call ends and its queue is subscribed no more; others stay."""
    because = "A queue that nobody reads only grows."
    stays = await shop.open("asha")
    for _ in range(2):
        leaves = await shop.open("asha")
        news = await shop.deliver("asha")
        for each in (leaves, stays):
            await each.expect_news(news)
        await leaves.leave()
        await expect_end(shop, leaves)
        await shop.expect_subscriptions(1, because)
    first = shop.store("ben")
    held, barrier = await shop.open_held("ben", first["id"] - 1)
    await held.leave()
    await shop.host.settle()
    shop.release(barrier)
    await expect_end(shop, held)
    await shop.expect_subscriptions(1, because)
    await stays.expect_news(await shop.deliver("asha"))


async def expect_end(shop: Shop, browser: Browser) -> None:
    """Expect that the app is done with a stream whose client has left."""
    try:
        await browser.exchange.wait_until_ended()
    except SubmissionError as error:
        if error.kind != "hang":
            raise
        expected = "that the app is done with the request, since the client has left"
        raise browser.fails(expected, "the call goes on") from None
    await shop.host.settle()


@criterion(task=4)
async def test_idle_stream_sends_comments(shop: Shop) -> None:
    """A stream on which nothing happens sends a comment again and again, and sets `retry`."""
    browser = await shop.open("asha")
    for _ in range(3):
        await browser.rest()
        browser.comments = 0
        await shop.pass_time(LONGEST_SILENCE)
        expected = f"a comment within {LONGEST_SILENCE} seconds"
        await browser.wait_until(lambda own: own.comments > 0, expected)
    await browser.expect_news(await shop.deliver("asha"), because="A comment is no event.")
    again = await shop.open("asha", shop.archive.rows[0]["id"] - 1)
    await again.expect_news(shop.archive.rows[0])
    for each in (browser, again):
        retry = each.retries[0]
        if retry != RETRY_MILLISECONDS:
            expected = f"'retry: {RETRY_MILLISECONDS}' before the first event"
            raise each.fails(expected, f"'retry: {retry}'" if retry is not None else "no 'retry'")


@criterion(task=4)
async def test_old_stream_ends(shop: Shop) -> None:
    """A stream ends when it is old enough, busy or not, and not before; so a server can stop."""
    missed = shop.store("ben")
    busy = await shop.open("asha")
    idle, barrier = await shop.open_held("ben", missed["id"] - 1)
    tabs = (idle, busy)
    for seconds in (100, 100, 40):
        await shop.pass_time(seconds)
        if seconds == 40:
            shop.release(barrier)
            await idle.expect_news(missed)
        await busy.expect_news(await shop.deliver("asha"))
        for tab in tabs:
            tab.expect_open(f"A stream may last {LONGEST_STREAM} seconds.")
    shop.host.history.append("the server begins to stop, and waits for the streams")
    stopping = asyncio.ensure_future(shop.host.stop())
    try:
        await shop.pass_time(LONGEST_STREAM - 240 + 10)
        for tab in tabs:
            because = f"It is older than {LONGEST_STREAM} seconds."
            await tab.wait_until(lambda own: own.is_complete, "the end of the stream", because)
        await shop.expect_subscriptions(0, "Nobody reads the queue of a stream that has ended.")
        await shop.host.patience.wait(stopping)
    finally:
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)


@criterion(task=2)
async def test_any_visits_get_all_news(oracle: Oracle) -> None:
    """Whoever visits, leaves and comes back in whatever order gets the right events."""
    await oracle.compare()
