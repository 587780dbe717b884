"""Traffic of 32_websocket_chat: visitors of every name in rooms of every kind, and what they say.

Members send, come and go one after the other here. Who writes at the same moment as others, or dies
while something is sent to it, has criteria of its own.
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from dojo.grader import Connect, Draw, Leave, Message, Pause, Step, Traffic, request

MAX_BACKLOG = 8
MAX_FRAME_BYTES = 1024
CONNECTION_LOST = 1006

ROOMS = (
    "lobby",
    "Lobby",
    " lobby ",
    "Zoe\u0308 \ufb01ne \u212b आ👩\u200d🚀",  # with what NFC and NFKC would replace
    "50%41 a+b?c=d#e",
    "tab\tnul\x00bell\n",
    '"{0}" %s \\n',
    "x" * 300,
)
NAMES = (
    "asha",
    "Asha",
    " Ben  Rao ",
    "",
    "Zoe\u0308 \ufb01ne आ👩\u200d🚀",
    "<b>&amp;%41",
    "nul\x00\n",
    '{"name": "None"}',
    "n" * 300,
)
"""With each of them somebody speaks; those who do not have a deck of their own."""
SILENT = [*NAMES]
TEXTS = (
    "",
    "  two  spaces ",
    "nul\x00 bell\x07 tab\t line\r\n\n\r\u2028end",
    "Zoe\u0308 \ufb01ne \u212b",
    "आदित्य 👩\u200d🚀 🏴\u200d☠️",
    "<b>bold</b> & 'quoted' \"twice\" &lt;&amp;",
    '{"text": "inner"}',
    "null",
    "%s {0} \\u0041 50%41",
    "/quit",
    "exit",
    "@omar psst",
    "ping",
    "x" * 900,
)
MORE_KEYS: tuple[dict[str, Any], ...] = (
    {},
    {"name": "somebody else"},
    {"room": "lobby", "id": 7},
    {"Text": "other", "type": "leave"},
)
BROKEN: tuple[str | bytes, ...] = (
    b"",
    b"\xff" * (MAX_FRAME_BYTES + 1),
    "",
    "null",
    '"hello"',
    '{"Text": "hello"}',
    '{"text": null}',
    '{"text": true}',
    '{"text": ["hello"]}',
    '{"text": "hello"',
    '{"text": "hello"} {"text": "again"}',
    "{'text': 'hello'}",
    json.dumps({"text": "x" * MAX_FRAME_BYTES}),
    json.dumps({"text": "é" * (MAX_FRAME_BYTES // 2)}, ensure_ascii=False),
)
BACKLOGS = (MAX_BACKLOG, MAX_BACKLOG + 1)
GOODBYES = (1001, 1000, CONNECTION_LOST, 3000)
COUNT = request("GET", "/rooms")


def enter(draw: Draw, room: str, names: Sequence[str] = NAMES) -> Connect:
    """Let somebody new enter a room."""
    query = urlencode({"name": draw.deal(names)}, quote_via=quote)
    return Connect(f"visitor {draw.number()}", f"/rooms/{quote(room, safe='')}?{query}")


def say(draw: Draw, visitor: Connect) -> Message:
    """Let a visitor say something."""
    draft = {"text": draw.deal(TEXTS), **draw.deal(MORE_KEYS)}
    return Message(visitor.name, [json.dumps(draft, ensure_ascii=draw.random() < 0.5)])


def meet(draw: Draw) -> list[Step]:
    """Let two meet in a room, talk, and go on when one has gone."""
    room, steps = draw.deal(ROOMS), list[Step]()
    visitors = [enter(draw, room) for _ in range(2)]
    for each in visitors:
        steps += [each, say(draw, each)]
    goes, stays = draw.sample(visitors, 2)
    return [*steps, COUNT, Leave(goes.name, draw.deal(GOODBYES)), say(draw, stays), COUNT]


def break_rules(draw: Draw) -> list[Step]:
    """Let several send what is no message, one after the other, and another one go on."""
    room = draw.deal(ROOMS)
    other = enter(draw, room)
    steps: list[Step] = [other]
    for times in (1, 2, 1, 1, 1, 1, 1):
        one = enter(draw, room, SILENT)
        steps += [one, Message(one.name, [draw.deal(BROKEN)] * times)]
    return [*steps, say(draw, other), COUNT]


def fall_behind(draw: Draw) -> list[Step]:
    """Let one of two read nothing, while as many messages wait as may or one more, and read."""
    room = draw.deal(ROOMS)
    one, other = enter(draw, room, SILENT), enter(draw, room)
    number = 1 + draw.deal(BACKLOGS)
    frames = [json.dumps({"text": draw.word()}) for _ in range(number)]
    pauses = Pause(one.name), Pause(one.name, reads=True)
    return [one, other, pauses[0], Message(other.name, frames), COUNT, pauses[1], COUNT]


traffic = Traffic(scenes=(meet, meet, break_rules, fall_behind), requests=80)
"""Two rounds of these scenes take just as much, so that each value is tried with every seed."""
