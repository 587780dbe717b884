"""Grader of 32_websocket_chat: peers that stall, die, leave and misbehave, event by event.

Every step waits for an event of the app, never for a time. A peer that stalls sees what the app
tries to send to it while that send is still under way.
"""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeVar

import httpx
import pytest

from dojo.grader import (
    Failure,
    Host,
    Matcher,
    Oracle,
    SeededInputs,
    Sent,
    SubmissionError,
    WebSocket,
    criterion,
    expect,
    expect_answer,
    expect_events,
    marked,
    open_websocket,
    same_json,
)

MAX_BACKLOG = 8
MAX_FRAME_BYTES = 1024
CONNECTION_LOST = 1006
LARGEST_BURST = 100
CROWD = 2 * MAX_BACKLOG
HOUSEFUL = 51
MOMENT = 0.5
YEAR = 366 * 24 * 3600
ROUNDS = 3
LONGEST_SHOWN = 160
MOST_NAMED = 4
CONNECTION = "starlette.websockets.WebSocket"
ABANDONED = "Task was destroyed but it is pending"

QUIET = "A member who leaves is not an error. No handler should end with an exception."
SENT_BEFORE = "A new member does not get earlier messages."
OWN_PACE = "No member waits for the connection of another member."
BACKLOG = f"{MAX_BACKLOG} messages may wait for a member, besides the one that is being sent."
UNTIL_SENT = "`close` returns only when the send of each of its closes has returned or raised."
PATIENCE = "There is no time limit: a member who is silent for hours is still a member."
PUT_OUT = "A removed member is not a member any more, even if its close does not return."
NAMESAKES = "Two connections with the same name are two members."
CROWDED = "All members read, so no member falls behind when all write at the same time."
PAUSE = "An await whose result is ready does not let other tasks run."

Result = TypeVar("Result")
Message = dict[str, str]


@dataclass(eq=False)
class Guest:
    """Somebody with one connection to a room."""

    host: Host
    name: str
    peer: WebSocket
    heard: int = 0
    dropped: bool = False
    """Whether the server has cancelled the handler."""

    def note(self, step: str) -> None:
        """Add a step to what a failure tells of this run."""
        self.host.history.append(f"{self.name} {step}")

    def say(self, text: str) -> Message:
        """Send a message and give it as everybody should get it."""
        frame = write_draft(text)
        self.note(f"sends {shorten(frame)}")
        self.peer.send_text(frame)
        return {"name": self.name, "text": text}

    def say_at_once(self, texts: Sequence[str]) -> list[Message]:
        """Send messages that reach the app in one go."""
        self.note(f"sends {len(texts)} messages in one go")
        self.peer.send_text(*map(write_draft, texts))
        return [{"name": self.name, "text": text} for text in texts]

    def stall(self) -> None:
        """Stop reading, as a phone in a tunnel does."""
        self.note("stops reading")
        self.peer.stall()

    def resume(self) -> None:
        """Read again."""
        self.note("reads again")
        self.peer.resume()

    def leave(self, code: int = 1001) -> None:
        """Close the connection from this side, or lose it."""
        self.note("loses the connection" if code == CONNECTION_LOST else "leaves")
        self.peer.leave(code)

    def die(self) -> None:
        """Break the connection, which shows when something is sent here."""
        self.note("has a dead connection: sending to it raises OSError")
        self.peer.die()

    def cancel(self) -> None:
        """Have the handler cancelled, as a server does that has lost patience."""
        self.note("is not served any more: the server cancels the handler")
        self.dropped = True
        self.peer.exchange.cancel()

    async def expect_accept(self) -> None:
        """Expect that the app lets this one in."""
        expected = f"{self.name} enters the room"
        if not await self.wait(self.peer.connect(), expected):
            raise self.fails(expected, self.describe_end())

    async def expect_listener(self) -> None:
        """Expect that the app waits for what this one sends."""
        await self.wait(
            self.peer.exchange.wait_until_receiving(), f"the app listens to {self.name}"
        )

    async def hear(self, expected: str, because: str = "") -> Any:
        """Give the next message for this guest, or the whole event if it holds none."""
        event = await self.wait(self.peer.next_event(), expected, because)
        if event is None:
            raise self.fails(expected, self.describe_end(), because)
        self.heard += 1
        return read_message(event)

    async def expect_message(self, message: Message, because: str = "") -> None:
        """Expect that this is the next message that the app sends here."""
        expected = f"{self.name} gets {show(message)}"
        heard = await self.hear(expected, because)
        if not same_json(heard, message):
            raise self.fails(expected, f"{self.name} gets {show(heard)}", because)

    async def expect_close(self, code: int, because: str = "") -> None:
        """Expect that the app closes this connection before it sends anything else here."""
        expected = f"the app closes {self.name}'s connection with {code}"
        event = await self.wait(self.peer.next_event(), expected, because)
        if event is not None:
            raise self.fails(expected, f"the app sends {show(read_message(event))}", because)
        if self.peer.close_code != code:
            raise self.fails(expected, self.describe_end(), because)

    async def expect_end(self, *, quiet: bool = True) -> None:
        """Expect that the handler ends, and unless it does not matter without an exception."""
        expected = f"the handler of {self.name}'s connection ends"
        await self.wait(self.peer.exchange.wait_until_ended(), expected)
        exchange = self.peer.exchange
        if quiet and (exchange.raised is not None or (exchange.cancelled and not self.dropped)):
            raise self.fails(f"{expected} without an exception", self.describe_end(), QUIET)

    def expect_no_wait(self) -> None:
        """Expect that something was sent here that has not been heard."""
        if len(messages_to(self)) <= self.heard:
            expected = f"the app sends a message to {self.name} within {MOMENT} seconds"
            raise self.fails(expected, "nothing", OWN_PACE)

    def expect_nothing_more(self) -> None:
        """Expect that nothing was sent here that has not been heard."""
        sent = messages_to(self)
        if len(sent) > self.heard:
            seen = f"{self.name} also gets {show(read_message(sent[self.heard]))}"
            raise self.fails(f"nothing more for {self.name}", seen)

    async def wait(self, awaitable: Awaitable[Result], expected: str, because: str = "") -> Result:
        """Wait for something that the app does; that it never does is a failure."""
        try:
            return await awaitable
        except SubmissionError as error:
            if error.kind != "hang":
                raise
            raise replace(self.fails(expected, "nothing", because), where=error.where) from None

    def describe_end(self) -> str:
        """Say how the connection ended."""
        if self.peer.close_code is not None:
            return f"the app closes {self.name}'s connection with {self.peer.close_code}"
        handler = f"the handler of {self.name}'s connection ends"
        raised = self.peer.exchange.raised
        if self.peer.exchange.cancelled:
            return f"{handler}, because it is cancelled"
        return f"{handler} with {raised}" if raised else f"{handler} and nothing was closed"

    def fails(self, expected: str, seen: str, because: str = "") -> Failure:
        """Make a failure about this connection."""
        locations = self.peer.exchange.locations
        return expect_events(self.host).fails(expected, seen, because, locations)


@dataclass(eq=False)
class Chat:
    """The app as its users see it."""

    host: Host
    client: httpx.AsyncClient
    inputs: SeededInputs

    async def enter(self, room: str, number: int) -> list[Guest]:
        """Connect people, each of another name, to a room, one after the other."""
        return [await self.enter_as(self.inputs.name(), room) for _ in range(number)]

    async def enter_as(self, name: str, room: str) -> Guest:
        """Connect somebody of this name to a room."""
        guest = self.bring(name, room)
        await guest.expect_accept()
        await guest.expect_listener()
        return guest

    async def enter_together(self, room: str, number: int) -> list[Guest]:
        """Connect people to a room; no accept returns before the last one is under way."""
        guests = [self.bring(self.inputs.name(), room) for _ in range(number)]
        for guest in guests:
            guest.stall()
            await guest.expect_accept()
        for guest in guests:
            guest.resume()
            await guest.expect_listener()
        return guests

    def bring(self, name: str, room: str) -> Guest:
        """Bring somebody who has not knocked yet."""
        return Guest(self.host, name, open_websocket(self.host, f"/rooms/{room}?name={name}"))

    async def expect_members(self, members: dict[str, int], because: str = "") -> None:
        """Expect these numbers of members, and no other rooms."""
        answer = await expect_answer(self.host, self.client.get("/rooms"), "of the chat")
        expect(answer).status(200).json(members, because)


@pytest.fixture
def chat(host: Host, client: httpx.AsyncClient, inputs: SeededInputs) -> Chat:
    """Give a fresh chat with nobody in it."""
    return Chat(host, client, inputs)


async def expect_all(guests: Sequence[Guest], *messages: Message, because: str = "") -> None:
    """Expect that all of them get these messages next, in this order."""
    for guest in guests:
        for message in messages:
            await guest.expect_message(message, because)


def write_draft(text: str) -> str:
    """Write a message as a member sends it."""
    return json.dumps({"text": text}, ensure_ascii=False)


def read_message(event: dict[str, Any]) -> Any:
    """Read what a frame holds; if that cannot be read, give the event as text."""
    try:
        return json.loads(event["text"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return repr(event)


def show(value: Any) -> str:
    """Write a value on one line that is not too long."""
    return shorten(json.dumps(value, ensure_ascii=False))


def shorten(text: str) -> str:
    """Leave out what is too much of a text."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def messages_to(guest: Guest) -> list[dict[str, Any]]:
    """Give every message that the app has sent to a guest."""
    sent = [each for each in guest.host.evidence.of(Sent) if is_sent(each, "websocket.send")]
    return [each.event for each in sent if each.call == guest.peer.exchange.number]


def closed(guest: Guest, code: int) -> Matcher:
    """Look for the event with which the app closes a guest's connection."""

    def matches(event: object) -> bool:
        return (
            isinstance(event, Sent)
            and event.call == guest.peer.exchange.number
            and event.event.get("type") == "websocket.close"
        )

    return Matcher(f"{guest.name} is told {code}", matches)


@criterion(task=1)
async def test_messages_reach_whole_room(chat: Chat, inputs: SeededInputs) -> None:
    """Exactly the members of a room get each message, once and in order."""
    room = inputs.word(3)
    elsewhere = room.capitalize()
    one, other = await chat.enter(room, 2)
    second_phone = await chat.enter_as(one.name, room)
    (stranger,) = await chat.enter(elsewhere, 1)
    members = (one, other, second_phone)
    texts = [f'"{inputs.word()}"\n{inputs.word()} é 🚲', f" <b>{inputs.word()}</b> & ", ""]
    for text in texts:
        for speaker in (one, *members):  # who says the same again means it
            await expect_all(members, speaker.say(text))
    await stranger.expect_message(stranger.say(inputs.word()))

    for speaker, listeners in ((one, members), (stranger, [stranger])):
        burst = speaker.say_at_once([inputs.word(4) for _ in range(LARGEST_BURST)])
        await expect_all(listeners, *burst, because=PAUSE)

    half = MAX_BACKLOG // 2
    both = [guest.say_at_once([inputs.word(5) for _ in range(half)]) for guest in (one, other)]
    heard = [await one.hear(f"{one.name} gets the messages of both") for _ in range(2 * half)]
    for messages in both:
        if [each for each in heard if each in messages] != messages:
            raise one.fails(
                f"{one.name} gets {len(heard)} messages, those of each speaker in their order",
                f"{one.name} gets {show(heard)}",
            )
    await expect_all((other, second_phone), *heard, because="All members get the same order.")

    await chat.expect_members({room: 3, elsewhere: 1})
    for guest in (*members, stranger):
        guest.expect_nothing_more()
    await crowd(chat, inputs)


async def crowd(chat: Chat, inputs: SeededInputs) -> None:
    """Let more people than messages may wait for one write at the same moment, and more come."""
    room = inputs.word(4)
    guests = await chat.enter(room, CROWD)
    with chat.host.connection.hold_frames():
        said = [guest.say(inputs.word()) for guest in guests]
    heard = [await guests[0].hear(f"{guests[0].name} gets {CROWD} messages", CROWDED) for _ in said]
    if sorted(map(show, heard)) != sorted(map(show, said)):
        expected = f"{guests[0].name} gets each of {CROWD} messages once"
        raise guests[0].fails(expected, f"{guests[0].name} gets {show(heard)}", CROWDED)
    for guest in guests[1:]:
        await expect_all([guest], *heard, because=CROWDED)

    guests += await chat.enter(room, HOUSEFUL - CROWD)
    for _ in range(HOUSEFUL):
        await chat.enter(inputs.word(5), 1)
    await expect_all(guests, guests[-1].say(inputs.word()))


@criterion(task=1)
async def test_dead_member_harms_nobody(chat: Chat, inputs: SeededInputs) -> None:
    """A member with a dead connection is removed. All others get the message."""
    room = inputs.word()
    one, dead, other = await chat.enter(room, 3)
    second_phone = await chat.enter_as(one.name, room)
    others = (one, other, second_phone)
    dead.peer.stall()
    message = one.say(inputs.word())
    await dead.expect_message(message)
    dead.die()

    await expect_all(others, message)
    await dead.expect_end()
    await chat.expect_members({room: 3})
    for speaker in (one, other):
        await expect_all(others, speaker.say(inputs.word()))
    with chat.host.connection.hold_frames():  # what it wrote comes before the disconnect
        last = second_phone.say(inputs.word())
        second_phone.die()
    await expect_all((one, other), last)
    await second_phone.expect_end()
    await chat.expect_members({room: 2}, NAMESAKES)
    for speaker in (one, other):
        await expect_all((one, other), speaker.say(inputs.word()), because=NAMESAKES)


@criterion(task=1)
async def test_coming_and_going_loses_nothing(chat: Chat, inputs: SeededInputs) -> None:
    """People come and go while a message is sent. All who stay get it."""
    room = inputs.word()
    first, slow, second, third, writer = await chat.enter(room, 5)
    slow.stall()
    message = writer.say(inputs.word())
    await slow.expect_message(message)
    for guest in (first, second):
        guest.leave()
        await guest.expect_end()
    (late,) = await chat.enter(room, 1)
    slow.resume()

    await expect_all((third, writer), message)
    following = writer.say(inputs.word())
    await expect_all((slow, third, writer), following)
    await late.expect_message(following, SENT_BEFORE)
    await chat.expect_members({room: 4})
    both = await chat.enter_together(inputs.word(4), 2)
    await expect_all(both, both[0].say(inputs.word()), because="They came at the same moment.")


async def fill_backlogs(
    writer: Guest, slow: Sequence[Guest], reading: Sequence[Guest], inputs: SeededInputs
) -> list[Message]:
    """Let some stop reading and send as many messages as may wait for each, and one in its hands.

    The slow ones write as well, the first of them before all others.
    """
    for guest in slow:
        guest.stall()
    sent = [writer.say(inputs.word())]
    await expect_all(slow, sent[0])
    await expect_all(reading, sent[0], because=OWN_PACE)
    for speaker in (*slow, *[writer] * (MAX_BACKLOG - len(slow))):
        sent.append(speaker.say(inputs.word()))
        await expect_all(reading, sent[-1], because=OWN_PACE)
    return sent


@criterion(task=2)
async def test_stalled_member_delays_nobody(chat: Chat, inputs: SeededInputs) -> None:
    """If one member does not read, the others still get everything. It gets its messages later."""
    room = inputs.word()
    one, slow, other = await chat.enter(room, 3)
    for _ in range(2):  # who has caught up may fall behind again
        sent = await fill_backlogs(one, [slow], (one, other), inputs)
        await expect_patience(chat)
        await chat.expect_members({room: 3}, BACKLOG)
        slow.resume()
        await expect_all([slow], *sent[1:], because=BACKLOG)

    slow.stall()
    held, waiting = one.say(inputs.word()), one.say(inputs.word())
    await slow.expect_message(held)
    await expect_all((one, other), held, waiting, because=OWN_PACE)
    (late,) = await chat.enter(room, 1)
    slow.resume()
    await expect_all([slow], waiting, because=BACKLOG)
    await expect_all((one, slow, other, late), slow.say(inputs.word()), because=SENT_BEFORE)


async def expect_patience(chat: Chat) -> None:
    """Expect that the app does nothing while a year passes in which nobody does anything."""
    host = chat.host
    await host.settle()
    before = len(host.evidence.of(Sent))
    host.history.append("nobody does anything for a year")
    await host.settle(seconds=YEAR)
    if sent := host.evidence.of(Sent)[before:]:
        seen = f"the app sends {show(sent[0].event.get('type'))}"
        raise Failure("the app sends nothing to anybody", seen, list(host.history), PATIENCE)


@criterion(task=2)
async def test_full_backlog_disconnects(chat: Chat, inputs: SeededInputs) -> None:
    """A member that does not read and has too many messages is removed and closed with 1013."""
    for own in (False, True):
        await overflow(chat, inputs, own=own)
    await overflow_alone(chat, inputs)
    await overflow_at_once(chat, inputs)


async def overflow(chat: Chat, inputs: SeededInputs, *, own: bool) -> None:
    """Send two the message too many, or let one who does not read write it itself."""
    room = inputs.word(4)
    slower, one, other = await chat.enter(room, 3)
    slow = await chat.enter_as(slower.name, room)
    reading = (one, other)
    await fill_backlogs(one, (slow, slower), reading, inputs)
    last = (slow if own else one).say(inputs.word())

    await chat.host.settle(seconds=MOMENT)
    for guest in (one, other):
        guest.expect_no_wait()
    for guest in (slow, slower):
        await guest.expect_close(1013, BACKLOG)
    await expect_all(reading, last, because=OWN_PACE)
    await chat.expect_members({room: 2}, "A close takes long if the other side does not read.")
    slow.say(inputs.word())
    await chat.host.settle()
    await expect_all(reading, other.say(inputs.word()), because=PUT_OUT)
    for guest in (slow, slower):
        guest.leave(CONNECTION_LOST)
        await guest.expect_end(quiet=False)
        guest.expect_nothing_more()
    await chat.expect_members({room: 2})
    for guest in reading:
        guest.leave()
        await guest.expect_end()


async def overflow_alone(chat: Chat, inputs: SeededInputs) -> None:
    """Let the only member of a room write more than may wait for it, and another one follow."""
    room = inputs.word(4)
    (slow,) = await chat.enter(room, 1)
    slow.stall()
    await slow.expect_message(slow.say(inputs.word()))
    for _ in range(MAX_BACKLOG + 1):
        slow.say(inputs.word())
    await slow.expect_close(1013, BACKLOG)
    await chat.expect_members({})
    (following,) = await chat.enter(room, 1)
    slow.leave(CONNECTION_LOST)
    await slow.expect_end(quiet=False)
    await chat.expect_members({room: 1}, "This is another member, in a room of the same name.")
    await following.expect_message(following.say(inputs.word()))
    following.leave()
    await following.expect_end()


async def overflow_at_once(chat: Chat, inputs: SeededInputs) -> None:
    """Let more write at the same moment than may wait for one who does not read, and writes too."""
    room = inputs.word(4)
    slow, *writers = await chat.enter(room, 3 + MAX_BACKLOG)
    slow.stall()
    with chat.host.connection.hold_frames():
        for guest in (*writers, slow):
            guest.say(inputs.word())
    await slow.hear(f"{slow.name} gets one of {len(writers)} messages")
    await slow.expect_close(1013, BACKLOG)
    for guest in writers:
        for _ in writers:
            await guest.hear(f"{guest.name} gets {len(writers)} messages", OWN_PACE)
    following = writers[0].say(inputs.word())
    for guest in writers:
        heard = await guest.hear(f"{guest.name} gets {show(following)}", OWN_PACE)
        if not same_json(heard, following):  # what the slow one wrote may be passed on before
            await guest.expect_message(following, OWN_PACE)
    await chat.expect_members({room: len(writers)})


def list_broken_frames(inputs: SeededInputs) -> list[tuple[str, str | bytes, int]]:
    """Give frames that break the rules: what they are, the frame, the close code."""
    text = inputs.word()
    large = "é" * (MAX_FRAME_BYTES // 2)
    deep = "[" * 400 + "]" * 400
    return [
        ("binary data", write_draft(text).encode(), 1003),
        ("an empty binary frame", b"", 1003),
        ("no JSON", text, 1007),
        ("no object", json.dumps([text]), 1007),
        ("an object without a text", json.dumps({"message": text}), 1007),
        ("a text that is a number", json.dumps({"text": inputs.number()}), 1007),
        ("half a character", '{"text": "\\ud800"}', 1007),
        ("half a character beside the text", f'{{"text": "{text}", "id": "\\ud800"}}', 1007),
        ("far too many brackets", "[" * MAX_FRAME_BYTES, 1007),
        ("too many brackets beside the text", f'{{"text": "{text}", "id": {deep}}}', 1007),
        ("a byte order mark before the object", f"\ufeff{write_draft(text)}", 1007),
        ("a space that is none in JSON", f"\xa0{write_draft(text)}", 1007),
        ("one byte too many", draft_of_size(MAX_FRAME_BYTES + 1), 1009),
        ("one byte too many, a space", write_draft(text).ljust(MAX_FRAME_BYTES + 1), 1009),
        ("few characters but many bytes", write_draft(large), 1009),
        ("few characters but many bytes, and no JSON", large + text, 1009),
        ("far too many bytes, and no JSON", text * MAX_FRAME_BYTES, 1009),
    ]


def draft_of_size(size: int, start: str = "é" * (MAX_FRAME_BYTES // 4)) -> str:
    """Write a message whose frame has this many bytes, and with that start fewer characters."""
    return write_draft(start + "x" * (size - len(write_draft(start).encode())))


@criterion(task=3)
async def test_broken_frames_close_one_connection(chat: Chat, inputs: SeededInputs) -> None:
    """A binary, malformed or too large frame closes only its connection, with the right code."""
    room = inputs.word()
    (one,) = await chat.enter(room, 1)
    for largest in (draft_of_size(MAX_FRAME_BYTES), draft_of_size(MAX_FRAME_BYTES, "")):
        message = one.say(json.loads(largest)["text"])
        await one.expect_message(message, f"The frame has just {MAX_FRAME_BYTES} bytes.")
    text = inputs.word()
    one.note("sends a text with a key that nobody knows")
    one.peer.send_text(json.dumps({"id": inputs.number(), "text": text}))
    await one.expect_message({"name": one.name, "text": text}, "`Draft` does not refuse that.")
    for words, frame, code in list_broken_frames(inputs):
        (rude,) = await chat.enter(room, 1)
        with chat.host.connection.hold_frames():
            break_rules(rude, frame, words)
            rude.say(inputs.word())
        await rude.expect_close(code)
        await rude.expect_end()
        await chat.expect_members({room: 1})
        await one.expect_message(one.say(inputs.word()), PUT_OUT)


@criterion(task=3)
async def test_broken_frame_waits_for_nobody(chat: Chat, inputs: SeededInputs) -> None:
    """A member that does not read and sends a broken frame is removed at once. Others stay."""
    room = inputs.word()
    (one,) = await chat.enter(room, 1)
    for frame, code in ((b"", 1003), ("x" * (MAX_FRAME_BYTES + 1), 1009), ("no JSON", 1007)):
        slow = await chat.enter_as(one.name, room)
        slow.stall()
        sent = [one.say(inputs.word()) for _ in range(2)]
        await slow.expect_message(sent[0])  # and not what waited for a namesake before
        await expect_all([one], *sent)
        break_rules(slow, frame, "a broken frame")
        await slow.expect_close(code, PUT_OUT)
        await chat.expect_members({room: 1}, NAMESAKES)
        await one.expect_message(one.say(inputs.word()), NAMESAKES)


def break_rules(guest: Guest, frame: str | bytes = "no JSON", words: str = "no JSON") -> None:
    """Send a frame that ends the connection."""
    guest.note(f"sends {words}: {shorten(repr(frame))}")
    if isinstance(frame, bytes):
        guest.peer.send_bytes(frame)
    else:
        guest.peer.send_text(frame)


def lose(guest: Guest) -> None:
    """Lose the connection, without a word."""
    guest.leave(CONNECTION_LOST)


async def fall_behind(guest: Guest, inputs: SeededInputs) -> None:
    """Let somebody who is alone in a room write too much, and read nothing of it."""
    guest.stall()
    await guest.expect_message(guest.say(inputs.word()))
    guest.say_at_once([inputs.word() for _ in range(MAX_BACKLOG + 1)])
    await guest.expect_close(1013, BACKLOG)


async def visit(chat: Chat, inputs: SeededInputs) -> None:
    """Let people meet in a new room, talk, and go one by one, each in another way.

    Nobody asks for the rooms meanwhile: that something is gone must not depend on that.
    """
    await vanish(chat, inputs)
    guests = await chat.enter(inputs.word(5), 6)
    for go in (Guest.leave, lose, Guest.cancel, break_rules, Guest.die):
        guest, *others = guests
        if go is Guest.die:  # while something is sent to it
            guest.stall()
        await expect_all(guests, others[-1].say(inputs.word()))
        go(guest)
        await guest.expect_end()
        guests = others
    await fall_behind(guests[0], inputs)
    lose(guests[0])
    await guests[0].expect_end(quiet=False)


async def go_stalled(chat: Chat, inputs: SeededInputs, go: Callable[[Guest], None]) -> None:
    """Let a member go that does not read, with a message on its way to it and one that waits."""
    (slow,) = await chat.enter(inputs.word(4), 1)
    slow.stall()
    await slow.expect_message(slow.say(inputs.word()))
    slow.say(inputs.word())
    go(slow)
    await slow.expect_end(quiet=False)
    await chat.expect_members({})


async def vanish(chat: Chat, inputs: SeededInputs) -> None:
    """Lose a connection before it is accepted; how its handler ends does not matter."""
    guest = chat.bring(inputs.name(), inputs.word(4))
    guest.note("is gone before the app accepts the connection")
    gone = {"type": "websocket.disconnect", "code": CONNECTION_LOST, "reason": ""}
    guest.peer.exchange.push({"type": "websocket.connect"}, gone)
    await guest.expect_end(quiet=False)


@criterion(task=4)
async def test_empty_rooms_leave_nothing(chat: Chat, host: Host, inputs: SeededInputs) -> None:
    """After the last member leaves, nothing of the room or its members is kept."""
    counts = [await host.count_objects()]
    for go in (Guest.leave, Guest.cancel, break_rules):
        (last,) = await chat.enter(inputs.word(4), 1)
        go(last)
        await last.expect_end()
        await chat.expect_members({})
    for go in (Guest.cancel, Guest.leave):
        await go_stalled(chat, inputs, go)
    for _ in range(3):
        for _ in range(ROUNDS):
            await visit(chat, inputs)
        counts.append(await host.count_objects())
    left = find_leaks(counts) or find_kept(counts) or find_abandoned_tasks(host)
    if left:
        raise Failure(
            "nothing is kept of rooms without members",
            left,
            [f"{ROUNDS} times: six people enter a new room, talk, and go one by one"],
        )
    await chat.expect_members({})
    host.history.append("nobody is there, and the service shuts down")
    await host.stop()


def find_leaks(counts: Sequence[dict[str, int]]) -> str:
    """Name what has grown with every room, the last two times that some were opened and left."""
    *_, earlier, later = [Counter(after) - Counter(before) for before, after in pairwise(counts)]
    left = [name for name in later if min(earlier[name], later[name]) >= ROUNDS]
    # Dictionaries, cells and the like only hang on what tells the learner something.
    telling = [name for name in left if not name.startswith("builtins.")] or left
    named = ", ".join(f"{later[name]} of '{name}'" for name in sorted(telling)[:MOST_NAMED])
    return f"still alive after {ROUNDS} such rooms: {named}" if left else ""


def find_kept(counts: Sequence[dict[str, int]]) -> str:
    """Tell of connections that are alive although nobody is there, or of several own objects."""
    kept = Counter(counts[-1]) - Counter(counts[0])
    own = [name for name in kept if name.startswith("app.") and kept[name] >= ROUNDS]
    name = next((each for each in (CONNECTION, *own) if kept[each]), "")
    return f"still alive although nobody is there: {kept[name]} of '{name}'" if name else ""


def find_abandoned_tasks(host: Host) -> str:
    """Tell of tasks that were still waiting when Python found that nobody can reach them."""
    found = [log.message for log in host.evidence.logs("asyncio") if ABANDONED in log.message]
    return f"{len(found)} tasks that wait for ever, the first: {found[0]}" if found else ""


@criterion(task=4)
async def test_shutdown_closes_everybody(chat: Chat, host: Host, inputs: SeededInputs) -> None:
    """A shutdown closes every connection with 1001 before it ends."""
    (slow,) = await chat.enter(inputs.word(), 1)
    one, other = await chat.enter(inputs.word(), 2)
    (slower,) = await chat.enter(inputs.word(), 1)
    for guest in (slow, slower):
        guest.stall()
        await guest.expect_message(guest.say(inputs.word()))
        guest.say(inputs.word())  # and this one waits
    await host.settle()
    host.history.append("the service shuts down")
    stopping = asyncio.ensure_future(host.stop())
    try:
        for guest in (one, other, slow, slower):
            await guest.expect_close(1001, OWN_PACE)
        slow.cancel()
        await slow.expect_end(quiet=False)
        await host.settle(seconds=YEAR)  # a shutdown that waits for nobody, or not long, has ended
        last = host.evidence.mark(f"{slower.name}'s connection is lost")
        slower.leave(CONNECTION_LOST)
        await slower.wait(stopping, "the shutdown ends")
    finally:
        stopping.cancel()
        with contextlib.suppress(asyncio.CancelledError, SubmissionError):
            await stopping
    is_done = Matcher("the shutdown is done", lambda event: is_sent(event, "shutdown.complete"))
    for guest in (one, other, slow, slower):
        expect_events(host).order(closed(guest, 1001), is_done)
    expect_events(host).order(marked(last), is_done, because=UNTIL_SENT)
    for guest in (one, other):
        await guest.expect_end()


def is_sent(event: object, ending: str) -> bool:
    """Tell whether an event is one that the app sent, of a type with this ending."""
    return isinstance(event, Sent) and str(event.event.get("type")).endswith(ending)


@criterion(task=3)
async def test_any_talk_is_passed_on(oracle: Oracle) -> None:
    """In any rooms, with any members and messages, all get exactly what they should."""
    await oracle.compare()
