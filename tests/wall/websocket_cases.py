"""WebSocket cases: scopes, handshakes, messages, closes, and ends."""

from .cases import Case, Session, raw

SCOPE = raw(
    """
    scope["headers"] = sorted(pair for pair in scope["headers"] if pair[0] != b"sec-websocket-key")
    note_scope(scope)
    await receive()
    await send(ACCEPT), await send(CLOSE)
    """
)
ECHO = raw(
    """
    await receive()
    await send(ACCEPT)
    while (event := await receive())["type"] == "websocket.receive":
        await send({**event, "type": "websocket.send"})
    """
)
WAIT_FOR_LEAVE = raw(
    """
    await receive()
    await send(ACCEPT)
    note("waiting")
    while (await receive())["type"] != "websocket.disconnect":
        pass
    await attempt(send, text("late"), CLOSE, {"type": "x"})
    """
)
LEAVE_TWICE = raw(
    """
    await receive()
    await send(ACCEPT)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    await receive()
    """
)
ECHO_API = """
api = FastAPI()

async def require_name(name: str = ""):
    if not name:
        raise WebSocketException(1008)

@api.websocket("/rooms/{room}", dependencies=[Depends(require_name)])
async def talk(websocket: WebSocket, room: str):
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(f"{room}: {await websocket.receive_text()}")
    except WebSocketDisconnect as left:
        note("left", left.code, repr(left.reason))

@api.websocket("/denied")
async def deny(websocket: WebSocket):
    await websocket.send_denial_response(JSONResponse({"why": "full"}, 429, {"x-one": "1"}))

@api.websocket("/missing")
async def refuse(websocket: WebSocket):
    raise HTTPException(404, "no such room")

@api.websocket("/broken")
async def fail(websocket: WebSocket):
    await websocket.accept()
    raise KeyError("room")

@api.websocket("/json")
async def send_json(websocket: WebSocket):
    await websocket.accept(subprotocol="chat", headers=[(b"x-one", b"1")])
    await websocket.send_json(await websocket.receive_json())
    await websocket.close(4001, "enough")

app = watch(api)
"""


def shaking(lines: str) -> str:
    """Make an app that goes on after the first event."""
    return raw("await receive()\n" + lines)


def accepted(lines: str) -> str:
    """Make an app that goes on after it has accepted."""
    return shaking("await send(ACCEPT)\n" + lines)


def sending(event: str) -> str:
    """Make an app that tries to send an event, and closes."""
    return accepted(
        f"await attempt(send, {{'type': 'websocket.send', {event}}})\nawait send(CLOSE)"
    )


def closing(event: str) -> str:
    """Make an app that closes and receives all that comes then."""
    close = f"{{'type': 'websocket.close', {event}}}"
    return accepted(f"await send({close})\nawait receive(), await receive()")


DENY = "{'type': 'websocket.http.response.start', 'status': 401, 'headers': [(b'X-One', b'1')]}"
LAST = "{'type': 'websocket.http.response.body', 'body': b'no'}"

IN_TURN = "uvicorn stops reading while a message is unread; the wall tells of a leave at once."
OWN_SIZE = "This is a limit of the grader's memory, and named as that."

HELLO = Session(steps=[("send", "hello"), ("read", 1), ("leave", (1000, ""))])

WEBSOCKET_CASES = {
    # What the app is told.
    "session's scope": Case(SCOPE, Session("/rooms?name=a")),
    "session's encoded path": Case(SCOPE, Session("/a%20b/%C3%A9/c%2Fd?x=%41")),
    "session's headers": Case(SCOPE, Session(headers=[("X-One", "1"), ("cookie", "a=b")])),
    "session's subprotocols": Case(
        raw(
            """
            note(scope["subprotocols"])
            await receive()
            await send({"type": "websocket.accept", "subprotocol": "two"})
            await send(CLOSE)
            """
        ),
        Session(subprotocols=["one", "two"]),
    ),
    # Handshakes.
    "accept with headers of a list": Case(
        shaking("await send({**ACCEPT, 'headers': [(b'a', b'1')]})\nawait send(CLOSE)"), Session()
    ),
    "accept with headers of a generator": Case(
        shaking(
            "await send({**ACCEPT, 'headers': (p for p in [(b'a', b'1')])})\nawait send(CLOSE)"
        ),
        Session(),
    ),
    "accept with headers of text": Case(
        shaking("await send({**ACCEPT, 'headers': [('a', '1')]})"), Session()
    ),
    "accept with other keys": Case(
        shaking("await send({**ACCEPT, 'extra': object()})\nawait send(CLOSE)"), Session()
    ),
    "accept twice": Case(accepted("await send(ACCEPT)"), Session()),
    "accept without receiving": Case(raw("await send(ACCEPT)\nawait send(CLOSE)"), Session()),
    "send before accept": Case(shaking("await send(text('early'))"), Session()),
    "send before accept, then accept": Case(
        shaking("await attempt(send, text('early'))\nawait send(ACCEPT)\nawait send(CLOSE)"),
        Session(),
    ),
    "unknown event before accept": Case(
        shaking("await send({'type': 'http.response.start'})"), Session()
    ),
    "event without a type before accept": Case(shaking("await send({})"), Session()),
    "refuse": Case(shaking("await send(CLOSE)\nawait receive(), await receive()"), Session()),
    "refuse with a code": Case(
        shaking("await send({**CLOSE, 'code': 4003, 'reason': 'x'})"), Session()
    ),
    "refuse, then send": Case(
        shaking("await send(CLOSE)\nawait attempt(send, text('a'), ACCEPT, CLOSE)"), Session()
    ),
    "deny": Case(
        shaking(f"await send({DENY}), await send({LAST})\nawait receive(), await receive()"),
        Session(),
    ),
    "deny in parts": Case(
        shaking(
            f"await send({DENY}), await send({{**{LAST}, 'more_body': True}}), await send({LAST})"
        ),
        Session(),
    ),
    "deny without a body": Case(
        shaking(f"await send({DENY})\nawait send({{'type': 'websocket.http.response.body'}})"),
        Session(),
    ),
    "deny with a text": Case(
        shaking(f"await send({DENY})\nawait send({{**{LAST}, 'body': 'no'}})"), Session()
    ),
    "deny with status 99": Case(shaking(f"await send({{**{DENY}, 'status': 99}})"), Session()),
    "deny and end": Case(shaking(f"await send({DENY})"), Session()),
    "deny and raise": Case(shaking(f"await send({DENY})\nraise KeyError('x')"), Session()),
    "deny and accept": Case(shaking(f"await send({DENY})\nawait send(ACCEPT)"), Session()),
    "raise before accept": Case(shaking("raise KeyError('x')"), Session()),
    "exit before accept": Case(shaking("sys.exit(3)"), Session()),
    "return before accept": Case(shaking("return None"), Session()),
    "return a value before accept": Case(shaking("return 'value'"), Session()),
    # Messages.
    "echo of a text": Case(ECHO, HELLO),
    "echo of bytes": Case(
        ECHO, Session(steps=[("send", b"\x00\xff"), ("read", 1), ("leave", (1000, ""))])
    ),
    "echo of an empty text": Case(
        ECHO, Session(steps=[("send", ""), ("read", 1), ("leave", (1000, ""))])
    ),
    "echo of empty bytes": Case(
        ECHO, Session(steps=[("send", b""), ("read", 1), ("leave", (1000, ""))])
    ),
    "echo of five mebibytes": Case(
        ECHO, Session(steps=[("send", bytes(5 * 2**20)), ("read", 1), ("leave", (1000, ""))])
    ),
    "echo of five mebibytes of text": Case(
        ECHO, Session(steps=[("send", "é" * (5 * 2**19)), ("read", 1), ("leave", (1000, ""))])
    ),
    "send neither": Case(sending("'text': None"), Session()),
    "send both": Case(sending("'text': 'a', 'bytes': b'b'"), Session()),
    "send no bytes but text": Case(sending("'text': 'a', 'bytes': None"), Session()),
    "send empty bytes and text": Case(sending("'text': 'a', 'bytes': b''"), Session()),
    "send a byte array": Case(sending("'bytes': bytearray(b'a')"), Session()),
    "send a memory view": Case(sending("'bytes': memoryview(b'a')"), Session()),
    "send text as bytes": Case(sending("'bytes': 'a'"), Session()),
    "send bytes as text": Case(sending("'text': b'a'"), Session()),
    "send a number as text": Case(sending("'text': 5"), Session()),
    "send half a character": Case(sending("'text': '\\ud800'"), Session()),
    "send other keys": Case(sending("'text': 'a', 'extra': object()"), Session()),
    "send 17 mebibytes": Case(sending("'bytes': bytes(17 * 2**20)"), Session(), limit=OWN_SIZE),
    "send an event of HTTP": Case(accepted("await send(start())"), Session()),
    "messages in order": Case(
        accepted("for number in range(20):\n    await send(text(str(number)))\nawait send(CLOSE)"),
        Session(),
    ),
    "messages at once": Case(
        accepted(
            "await asyncio.gather(*(send(text(str(n))) for n in range(5)))\nawait send(CLOSE)"
        ),
        Session(),
    ),
    # Closes.
    "close": Case(closing(""), Session()),
    "close with a code": Case(closing("'code': 4000, 'reason': 'é'"), Session()),
    "close with no reason": Case(closing("'code': 1001, 'reason': None"), Session()),
    "close with no code": Case(closing("'code': None"), Session()),
    "close with a reserved code": Case(accepted("await send({**CLOSE, 'code': 1005})"), Session()),
    "close with a low code": Case(accepted("await send({**CLOSE, 'code': 999})"), Session()),
    "close with a high code": Case(accepted("await send({**CLOSE, 'code': 5000})"), Session()),
    "close with an unknown code": Case(accepted("await send({**CLOSE, 'code': 2000})"), Session()),
    "close with a text": Case(accepted("await send({**CLOSE, 'code': '1000'})"), Session()),
    "close with a long reason": Case(
        accepted("await send({**CLOSE, 'reason': 'a' * 124})"), Session()
    ),
    "close with the longest reason": Case(
        accepted("await send({**CLOSE, 'reason': 'a' * 123})"), Session()
    ),
    "send after close": Case(accepted("await send(CLOSE)\nawait send(text('late'))"), Session()),
    "close after close": Case(accepted("await send(CLOSE)\nawait send(CLOSE)"), Session()),
    "nonsense after close": Case(
        accepted("await send(CLOSE)\nawait send({'type': 'x'})"), Session()
    ),
    "send after the end": Case(
        accepted("await send(CLOSE)\nawait receive(), await receive()\nawait send(text('late'))"),
        Session(),
    ),
    "peer leaves": Case(
        WAIT_FOR_LEAVE, Session(steps=[("see", "waiting"), ("leave", (1001, "bye"))])
    ),
    "peer leaves with its own code": Case(LEAVE_TWICE, Session(steps=[("leave", (4321, ""))])),
    "peer leaves after a message": Case(
        LEAVE_TWICE, Session(steps=[("send", "a"), ("leave", (1000, ""))])
    ),
    "peer vanishes": Case(WAIT_FOR_LEAVE, Session(steps=[("see", "waiting"), ("vanish", None)])),
    # Ends.
    "return after accept": Case(accepted("return None"), Session()),
    "return a value after accept": Case(accepted("return 'value'"), Session()),
    "raise after accept": Case(accepted("raise KeyError('x')"), Session()),
    "raise after a message": Case(
        accepted("await send(text('a'))\nraise KeyError('x')"), Session()
    ),
    "exit after accept": Case(accepted("sys.exit(3)"), Session()),
    "raise after close": Case(accepted("await send(CLOSE)\nraise KeyError('x')"), Session()),
    # FastAPI and Starlette.
    "FastAPI talks": Case(
        ECHO_API,
        Session(
            "/rooms/a%20b?name=x", steps=[("send", "hi"), ("read", 1), ("leave", (1001, "bye"))]
        ),
    ),
    "FastAPI loses a peer": Case(
        ECHO_API, Session("/rooms/a?name=x", steps=[("send", "hi"), ("read", 1), ("vanish", None)])
    ),
    "FastAPI requires a name": Case(ECHO_API, Session("/rooms/a")),
    "FastAPI has no such session": Case(ECHO_API, Session("/other")),
    "FastAPI denies": Case(ECHO_API, Session("/denied")),
    "FastAPI refuses a session": Case(ECHO_API, Session("/missing")),
    "FastAPI fails": Case(ECHO_API, Session("/broken")),
    "FastAPI sends JSON": Case(
        ECHO_API, Session("/json", subprotocols=["chat"], steps=[("send", '{"a": 1}')])
    ),
}
