"""Steps of WebSocket sessions tell what every session gets until the app has come to rest."""

from dojo.grader.traffic import Connect, Conversation, Facts, Leave, Message, Pause

from ..conftest import OpenSubmission

APP = """
    import asyncio

    peers = []

    async def app(scope, receive, send):
        if scope["type"] != "websocket":
            return
        await receive()
        if b"refused" in scope["query_string"]:
            return await send({"type": "websocket.close"})
        await send({"type": "websocket.accept"})
        peers.append(send)
        while (event := await receive())["type"] == "websocket.receive":
            text = event.get("text")
            if text == "raise":
                raise KeyError("no")
            if text is None:
                peers.remove(send)
                return await send({"type": "websocket.close", "code": 1003})
            await asyncio.sleep(0)
            for each in peers:
                await each({"type": "websocket.send", "text": text})
        peers.remove(send)
"""
CHOOSER = """
    import json

    async def app(scope, receive, send):
        if scope["type"] != "websocket":
            return
        await receive()
        chosen = scope["subprotocols"][-1] if scope["subprotocols"] else None
        await send({"type": "websocket.accept", "subprotocol": chosen})
        origin = dict(scope["headers"]).get(b"origin")
        text = json.dumps(origin and origin.decode())
        await send({"type": "websocket.send", "text": text})
        await receive()
"""
PEER = 'scope["client"]'
ASHA, BEN = Connect("asha", "/"), Connect("ben", "/")


async def test_every_session_tells_what_it_gets(open_submission: OpenSubmission) -> None:
    """What one session sends is told with all that get it, JSON as its value."""
    conversation = Conversation(await open_submission(APP).open())
    first, second = await conversation.take(ASHA), await conversation.take(BEN)

    facts = await conversation.take(Message("asha", ['{"a": 1}', "no JSON"]))

    assert first == {"accepted": True, "asha gets": []}
    assert second == {"accepted": True, "asha gets": [], "ben gets": []}
    heard = [{"a": 1}, {"type": "websocket.send", "text": "no JSON"}]
    assert facts == {"asha gets": heard, "ben gets": heard}


async def test_end_is_told_once(open_submission: OpenSubmission) -> None:
    """A close of the app is told with its code, and not again; who left gets nothing more."""
    conversation = Conversation(await open_submission(APP).open())
    await conversation.take(ASHA)
    await conversation.take(BEN)

    closed = await conversation.take(Message("asha", [b"bytes"]))
    left = await conversation.take(Leave("ben"))

    assert closed == {"asha gets": [{"closed with": 1003}], "ben gets": []}
    assert left == {"asha gets": [], "ben gets": []}


async def test_refusal_and_exception_are_told(open_submission: OpenSubmission) -> None:
    """A session that is not accepted says so, and a handler that raises says with what."""
    conversation = Conversation(await open_submission(APP).open())

    refused = await conversation.take(Connect("chen", "/?refused"))
    await conversation.take(ASHA)
    raised = await conversation.take(Message("asha", ["raise"]))

    assert refused == {"accepted": "no, but status 403", "chen gets": []}
    assert raised["asha's handler raises"] == "KeyError: 'no'"
    assert raised["asha gets"] == [{"closed with": None}]


async def test_handshake_brings_headers_and_subprotocols(open_submission: OpenSubmission) -> None:
    """What a client says in its handshake reaches the app; the subprotocol chosen is told."""
    host = await open_submission(CHOOSER).open()
    conversation = Conversation(host)

    chosen = await conversation.take(Connect("asha", "/", {"Origin": "x" * 61}, ["one", "two"]))
    silent = await conversation.take(Connect("ben", "/"))

    assert chosen == {"accepted": True, "subprotocol": "two", "asha gets": ["x" * 61]}
    assert silent == {"accepted": True, "asha gets": [], "ben gets": [None]}
    assert host.history == [
        "asha: websockets ws://127.0.0.1:8000/ "
        f"# sec-websocket-protocol: one, two; origin: {'x' * 60}…",
        "ben: websockets ws://127.0.0.1:8000/",
    ]


async def test_session_comes_from_any_peer(open_submission: OpenSubmission) -> None:
    """A session comes from the peer that it names, or from none, and that is told."""
    host = await open_submission(CHOOSER.replace("origin and origin.decode()", PEER)).open()
    conversation = Conversation(host)

    near = await conversation.take(Connect("asha", "/", {"A": "b"}, client=("10.0.0.3", 1)))
    nobody = await conversation.take(Connect("ben", "/", client=None))

    assert (near["asha gets"], nobody["ben gets"]) == ([["10.0.0.3", 1]], [None])
    assert host.history == [
        "asha: websockets ws://127.0.0.1:8000/ # from 10.0.0.3; a: b",
        "ben: websockets ws://127.0.0.1:8000/ # from no address",
    ]


async def test_paused_session_gets_the_rest_later(open_submission: OpenSubmission) -> None:
    """A session that reads nothing holds the send to it until it reads again."""
    conversation = Conversation(await open_submission(APP).open())
    await conversation.take(ASHA)
    await conversation.take(Pause("asha"))

    stalled = await conversation.take(Message("asha", ["1", "2"]))
    resumed = await conversation.take(Pause("asha", reads=True))

    assert (stalled["asha gets"], resumed["asha gets"]) == ([1], [2])


async def test_unknown_session_does_nothing(open_submission: OpenSubmission) -> None:
    """A step of a session that was never opened leaves everything as it is."""
    host = await open_submission(APP).open()

    facts: Facts = await Conversation(host).take(Message("nobody", ["1"]))

    assert (facts, host.history) == ({}, [])
