"""HTTP cases: scopes, request bodies, response heads, response bodies, and ends."""

from .cases import Case, Request, raw

SCOPE = raw("note_scope(scope)\nawait send(start()), await send(body(b'ok'))")
RECEIVE_TWICE = raw(
    """
    await receive()
    await send(start()), await send(body(b"ok"))
    await receive(), await receive()
    """
)
SUM = """
async def answer(scope, receive, send):
    size, more = 0, True
    while more:
        event = await receive()
        size, more = size + len(event["body"]), event["more_body"]
    note("received", size)
    await send(start()), await send(body(str(size).encode()))

app = watch(answer, receives=False)
"""
ANSWER_AFTER_LEAVE = raw(
    """
    note("waiting")
    while (await receive())["type"] != "http.disconnect":
        pass
    await send(start()), await send(body(b"too late"))
    await receive()
    """
)
LEAVE_AFTER_PART = raw(
    """
    await send(start()), await send(body(b"part", more=True))
    note("waiting")
    while (await receive())["type"] != "http.disconnect":
        pass
    await send(body(b"rest"))
    """
)
STREAM_UNTIL_LEFT = """
api = FastAPI()

@api.get("/")
async def stream():
    async def count():
        try:
            yield b"first"
            note("waiting")
            await asyncio.Event().wait()
        finally:
            note("generator ends")
    return StreamingResponse(count())

app = watch(api, receives=False)
"""
LEFT_IN_ENDPOINT = """
api = FastAPI()

@api.post("/")
async def wait(request: Request):
    note("waiting")
    while not await request.is_disconnected():
        await asyncio.sleep(0.001)
    note("left")

app = watch(api, receives=False)
"""
ASK_IN_BACKGROUND = """
api = FastAPI()

@api.post("/")
async def order(request: Request, tasks: BackgroundTasks):
    async def look():
        note("disconnected", await request.is_disconnected())
    note("disconnected", await request.is_disconnected())
    tasks.add_task(look)
    return "ordered"

app = watch(api, receives=False)
"""
TEN_TASKS = """
api = FastAPI()

@api.get("/")
async def order(tasks: BackgroundTasks):
    for number in range(3):
        tasks.add_task(note, number)
    return "ordered"

app = watch(api)
"""
MIDDLEWARE = """
api = FastAPI()

@api.middleware("http")
async def stamp(request, call_next):
    response = await call_next(request)
    response.headers["x-stamp"] = request.url.path
    return response

@api.post("/{name}")
async def read(name: str, request: Request):
    return {"name": name, "body": (await request.body()).decode()}

app = watch(api, receives=False)
"""


def starting(start: str, then: str = 'await send(body(b"ok"))') -> str:
    """Make an app that tries to send a start."""
    return raw(f"await send({start})\n{then}")


def with_headers(headers: str) -> str:
    """Make an app that answers with headers."""
    return starting(f"start(headers={headers})")


def sized(size: int | str, *parts: str, status: int = 200) -> str:
    """Make an app that promises a length and sends parts."""
    head = f"start({status}, headers=[(b'content-length', b'{size}')])"
    return starting(head, "\n".join(f"await send(body({part}))" for part in parts))


def chunked(*parts: str, status: int = 200) -> str:
    """Make an app that promises no length."""
    return starting(f"start({status})", "\n".join(f"await send(body({part}))" for part in parts))


def endpoint(lines: str) -> str:
    """Make a FastAPI app whose one route has these lines."""
    indented = "\n".join(f"    {line}" for line in lines.splitlines())
    return f"""
api = FastAPI()

@api.api_route("/", methods=["GET", "POST", "HEAD"])
async def read(request: Request):
{indented}

app = watch(api, receives=False)
"""


HEAD, POST = Request("HEAD"), Request("POST", body=b"abc")
BIG = Request("POST", body=bytes(300_000))

NO_FINAL = "A client waits for another response; the wall tells the app that this is none."
NO_CLIENT = "No client reads such a response; the wall tells the app so, as h11 does."
NO_WIRE = "The wall parses no requests: the grader's client sends methods that httptools refuses."
JOINED = "Over a line the client joins two lengths that are equal; the wall shows both."
OWN_SIZE = "A limit of the grader's memory; the failure names it as that."
H11_LAX = "h11 takes what httptools, which is followed, refuses."
H11_STRICT = "h11 refuses what httptools, which is followed, takes."
H11_CHUNKS = "h11 drops the length; httptools, which is followed, sends both."

HTTP_CASES = {
    # What the app is told.
    "scope of a GET": Case(SCOPE, Request(target="/items?size=1&size=2")),
    "scope of an encoded path": Case(SCOPE, Request(target="/a%20b/c%2Fd/%C3%A9")),
    "scope of a path encoded twice": Case(SCOPE, Request(target="/%252F")),
    "scope of a path that is no UTF-8": Case(SCOPE, Request(target="/%FF")),
    "scope of a path in letters": Case(SCOPE, Request(target="/é?q=ü")),
    "scope of two slashes": Case(SCOPE, Request(target="//a//")),
    "scope of an empty query": Case(SCOPE, Request(target="/?")),
    "scope of an encoded query": Case(SCOPE, Request(target="/?x=%41%2B+&y=%FF")),
    "scope of headers in capitals": Case(
        SCOPE, Request(headers=[(b"X-One", b"A"), (b"x-one", b"b")])
    ),
    "scope of an empty header": Case(SCOPE, Request(headers=[(b"x-one", b"")])),
    "scope of a header in Latin-1": Case(SCOPE, Request(headers=[(b"x-one", b"caf\xe9")])),
    "scope of a POST": Case(SCOPE, POST),
    "scope of a chunked POST": Case(SCOPE, Request("POST", body=[b"ab", b"c"])),
    "scope of a HEAD": Case(SCOPE, HEAD),
    "scope of a PATCH": Case(SCOPE, Request("PATCH", body=b"{}")),
    "scope of an OPTIONS": Case(SCOPE, Request("OPTIONS")),
    "unknown method": Case(SCOPE, Request("BREW"), httptools=NO_WIRE),
    "state is a copy": Case(
        raw(
            """
            scope["state"]["seen"] = 1
            note(scope["state"])
            await send(start()), await send(body())
            """
        )
    ),
    # What receive gives.
    "receive of a GET": Case(RECEIVE_TWICE),
    "receive of a small body": Case(RECEIVE_TWICE, POST),
    "receive of an empty body": Case(RECEIVE_TWICE, Request("POST")),
    "receive of a large body": Case(SUM, BIG),
    "receive of a body in pieces": Case(SUM, Request("POST", body=[b"ab", b"", b"c" * 70_000])),
    "receive of an unread body": Case(
        raw("await send(start()), await send(body(b'ok'))\nawait receive(), await receive()"), POST
    ),
    "receive that waits for the end": Case(
        raw(
            """
            await receive()
            waiting = asyncio.create_task(receive())
            await asyncio.sleep(0)
            await send(start()), await send(body(b"ok"))
            await waiting
            """
        )
    ),
    "receive in the middle of an answer": Case(
        raw(
            """
            await send(start()), await send(body(b"one", more=True))
            await receive()
            await send(body(b"two"))
            await receive()
            """
        ),
        POST,
    ),
    "disconnected only in the background": Case(ASK_IN_BACKGROUND, POST),
    "background tasks in order": Case(TEN_TASKS),
    "client leaves before the answer": Case(ANSWER_AFTER_LEAVE, Request(leave="waiting")),
    "client leaves with an unread body": Case(
        raw(
            """
            note("waiting")
            while (await receive())["type"] != "http.disconnect":
                pass
            """
        ),
        Request("POST", body=b"abc", leave="waiting"),
    ),
    "client leaves after a part": Case(LEAVE_AFTER_PART, Request(leave="waiting", part=b"part")),
    "client leaves a stream": Case(STREAM_UNTIL_LEFT, Request(leave="waiting", part=b"first")),
    "client leaves an endpoint": Case(LEFT_IN_ENDPOINT, Request("POST", leave="waiting")),
    "client leaves, app raises": Case(
        raw(
            """
            note("waiting")
            while (await receive())["type"] != "http.disconnect":
                pass
            raise KeyError("late")
            """
        ),
        Request(leave="waiting"),
    ),
    "client leaves, send is out of turn": Case(
        raw(
            """
            note("waiting")
            while (await receive())["type"] != "http.disconnect":
                pass
            await send({"type": "nonsense"})
            """
        ),
        Request(leave="waiting"),
    ),
    # Heads of responses.
    "status 299": Case(starting("start(299)")),
    "status of an enumeration": Case(starting("start(__import__('http').HTTPStatus.CREATED)")),
    "status of a float": Case(starting("start(201.0)"), h11=H11_STRICT),
    "status of a text": Case(starting("start('200')")),
    "status of a truth": Case(starting("start(True)")),
    "status of nothing": Case(starting("start(None)")),
    "status 99": Case(starting("start(99)")),
    "status 600": Case(starting("start(600)")),
    "status 100": Case(starting("start(100)"), httptools=NO_FINAL),
    "status missing": Case(starting("{'type': 'http.response.start'}")),
    "headers missing": Case(starting("{'type': 'http.response.start', 'status': 200}")),
    "headers of a tuple of lists": Case(with_headers("([b'x-one', b'1'], [b'x-one', b'2'])")),
    "headers of a generator": Case(with_headers("((name, b'1') for name in (b'a', b'b'))")),
    "headers of a dictionary": Case(with_headers("{b'a': b'1', b'b': b'2'}.items()")),
    "headers of byte arrays": Case(with_headers("[(bytearray(b'a'), bytearray(b'1'))]")),
    "headers in capitals": Case(with_headers("[(b'X-One', b'A')]")),
    "headers are none": Case(with_headers("None")),
    "header of text": Case(with_headers("[('a', '1')]"), h11=H11_LAX),
    "header with a value of text": Case(with_headers("[(b'a', '1')]"), h11=H11_LAX),
    "header with a value of a number": Case(with_headers("[(b'a', 1)]")),
    "header of three": Case(with_headers("[(b'a', b'1', b'2')]")),
    "header value with CR LF": Case(with_headers("[(b'a', b'1\\r\\nx: 2')]")),
    "header value with LF": Case(with_headers("[(b'a', b'1\\n2')]")),
    "header value with NUL": Case(with_headers("[(b'a', b'1\\x002')]")),
    "header value with DEL": Case(with_headers("[(b'a', b'1\\x7f2')]"), h11=H11_LAX),
    "header value with a tab": Case(with_headers("[(b'a', b'1\\t2')]")),
    "header value in Latin-1": Case(with_headers("[(b'a', b'caf\\xe9')]")),
    "header value empty": Case(with_headers("[(b'a', b'')]")),
    "header name with a space": Case(with_headers("[(b'a b', b'1')]")),
    "header name with a colon": Case(with_headers("[(b'a:', b'1')]")),
    "header name with LF": Case(with_headers("[(b'a\\n', b'1')]")),
    "header name in Latin-1": Case(with_headers("[(b'\\xe9', b'1')]"), httptools=NO_CLIENT),
    "header name empty": Case(with_headers("[(b'', b'1')]"), httptools=NO_CLIENT),
    "headers of 100 KiB": Case(
        with_headers("[(b'a%d' % number, b'1' * 1000) for number in range(100)]"), limit=OWN_SIZE
    ),
    "start with other keys": Case(starting("start(more=object(), trailers=False)")),
    "start twice": Case(starting("start()", "await send(start())")),
    "start again after a bad one": Case(
        raw("await attempt(send, start(headers=[(b'a b', b'')]))\nawait send(start())")
    ),
    "body before the start": Case(raw("await send(body(b'ok'))")),
    "unknown event first": Case(raw("await send({'type': 'http.response.push'})")),
    "unknown event first, then an answer": Case(
        raw("await attempt(send, {'type': 'x'})\nawait send(start()), await send(body(b'ok'))")
    ),
    "event without a type": Case(raw("await send({'status': 200})")),
    "event of a WebSocket": Case(raw("await send(ACCEPT)")),
    "trailers in the body": Case(
        starting("start()", "await send({'type': 'http.response.trailers'})")
    ),
    # Bodies of responses.
    "body in parts": Case(chunked("b'one', more=True", "b'', more=True", "b'two'")),
    "body without a body": Case(chunked("")),
    "body missing": Case(starting("start()", "await send({'type': 'http.response.body'})")),
    "body with other keys": Case(chunked("b'ok', extra=object()")),
    "body of a number": Case(chunked("5")),
    "body of a text": Case(chunked("'text'")),
    "body of an empty text": Case(chunked("''")),
    "body of nothing": Case(chunked("None")),
    "body of a byte array": Case(chunked("bytearray(b'ok')")),
    "body of a memory view": Case(chunked("memoryview(b'ok')")),
    "more of a truth": Case(chunked("b'one', more=1", "b'two', more=[]")),
    "body of one mebibyte": Case(chunked("bytes(2**20)")),
    "body of three mebibytes": Case(chunked("bytes(3 * 2**20)"), limit=OWN_SIZE),
    "length kept": Case(sized(4, "b'four'")),
    "length kept in parts": Case(sized(4, "b'fo', more=True", "b'ur'")),
    "length kept, end apart": Case(sized(4, "b'four', more=True", "b''")),
    "length with a number": Case(sized(5, "5")),
    "length with nothing": Case(sized(0, "None")),
    "length exceeded": Case(sized(3, "b'four'")),
    "length exceeded by a part": Case(sized(3, "b'one', more=True", "b'two'")),
    "length not reached": Case(sized(5, "b'four'")),
    "length never reached": Case(sized(5, "b'four', more=True")),
    "length of no number": Case(sized("four", "b'four'")),
    "length below zero": Case(sized(-4, "b''"), httptools=NO_CLIENT),
    "two lengths": Case(
        starting("start(headers=[(b'content-length', b'2')] * 2)", "await send(body(b'ok'))"),
        limit=JOINED,
    ),
    "length and chunks": Case(
        with_headers("[(b'content-length', b'9'), (b'transfer-encoding', b'chunked')]"),
        h11=H11_CHUNKS,
    ),
    "204 with no body": Case(chunked("", status=204)),
    "204 with a body": Case(chunked("b'body'", status=204)),
    "204 with a length of none": Case(sized(0, "", status=204)),
    "304 with no body": Case(chunked("", status=304)),
    "304 with a body": Case(chunked("b'body'", status=304)),
    "304 with a length": Case(sized(4, "", status=304), h11=H11_LAX),
    "HEAD with a body": Case(chunked("b'body'"), HEAD),
    "HEAD with a length": Case(sized(4, ""), HEAD),
    "HEAD with a body too long": Case(sized(3, "b'four'"), HEAD),
    "HEAD with a body of a number": Case(chunked("5"), HEAD),
    "body after the end": Case(chunked("b'ok'", "b'more'")),
    "start after the end": Case(
        starting("start()", "await send(body(b'ok'))\nawait send(start())")
    ),
    "nonsense after the end": Case(
        starting("start()", "await send(body(b'ok'))\nawait send({'type': 'x'})")
    ),
    # Ends.
    "raises at once": Case(raw("raise KeyError('price')")),
    "raises after the start": Case(starting("start()", "raise KeyError('price')")),
    "raises in the body": Case(
        starting("start()", "await send(body(b'begun', more=True))\nraise KeyError('price')")
    ),
    "raises after the end": Case(
        starting("start()", "await send(body(b'ok'))\nraise KeyError('price')")
    ),
    "exits": Case(raw("sys.exit(3)")),
    "cancels itself": Case(raw("raise asyncio.CancelledError")),
    "returns at once": Case(raw("return None")),
    "returns after the start": Case(starting("start()", "return None")),
    "returns in the body": Case(chunked("b'begun', more=True")),
    "returns a value": Case(raw("return 'value'")),
    "returns a value after the answer": Case(
        starting("start()", "await send(body(b'ok'))\nreturn 'value'")
    ),
    "returns a value after the start": Case(starting("start()", "return 'value'")),
    # FastAPI and Starlette.
    "FastAPI answers": Case(endpoint("return {'name': 'é'}")),
    "FastAPI raises": Case(endpoint("raise KeyError('price')")),
    "FastAPI exits": Case(endpoint("sys.exit(3)")),
    "FastAPI refuses": Case(endpoint("raise HTTPException(404, 'gone', {'x-one': '1'})")),
    "FastAPI answers nothing": Case(endpoint("return Response(status_code=204)")),
    "FastAPI redirects": Case(endpoint("return RedirectResponse('/other?a=b')")),
    "FastAPI streams": Case(endpoint("return StreamingResponse(iter(['a', 'b']))")),
    "FastAPI breaks off": Case(
        endpoint("return StreamingResponse(1 // (n - 1) and 'x' for n in (3, 1))")
    ),
    "FastAPI sets cookies": Case(
        endpoint(
            "response = Response('ok')\n"
            "response.set_cookie('a', '1')\n"
            "response.set_cookie('b', '2')\n"
            "return response"
        )
    ),
    "FastAPI splits a header": Case(endpoint("return Response('', headers={'a': '1\\r\\nb: 2'})")),
    "FastAPI promises too much": Case(
        endpoint("return Response('ok', headers={'content-length': '9'})")
    ),
    "FastAPI answers 204 with a body": Case(endpoint("return JSONResponse('ok', 204)")),
    "FastAPI reads a body": Case(endpoint("return len(await request.body())"), BIG),
    "FastAPI answers HEAD": Case(endpoint("return 'body'"), HEAD),
    "FastAPI in a middleware": Case(MIDDLEWARE, Request("POST", "/a%20b", body=b"abc")),
    "FastAPI has no such route": Case(MIDDLEWARE, Request("GET", "/a/b")),
}
