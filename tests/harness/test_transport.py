"""The transport plays an HTTP server to the submission, and hides nothing of what comes back."""

import re
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dojo.harness.evidence import Raised, Sent
from dojo.harness.failures import SubmissionError
from dojo.harness.hosts import Host
from dojo.harness.http_client import (
    BASE_URL,
    describe_request,
    exchange_of,
    finish,
    make_scope,
    open_client,
    read_pairs,
    start_request,
)

from ..conftest import OpenSubmission, fetch

APP = """
    from collections.abc import AsyncIterator
    from typing import Any
    from fastapi import FastAPI, Request, Response
    from fastapi.responses import RedirectResponse, StreamingResponse

    app = FastAPI()

    @app.get("/client")
    async def read_client(request: Request) -> str | None:
        return request.client and request.client.host

    @app.post("/chunks")
    async def read_chunks(request: Request) -> list[int]:
        return [len(chunk) async for chunk in request.stream()]

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def count() -> AsyncIterator[str]:
            for number in range(4):
                yield f"{number};"
        return StreamingResponse(count())

    @app.get("/broken")
    async def break_off() -> StreamingResponse:
        async def fail() -> AsyncIterator[str]:
            yield "begun"
            raise RuntimeError("half way")
        return StreamingResponse(fail())

    @app.get("/error")
    async def fail() -> None:
        raise KeyError("price")

    @app.get("/large")
    async def send_large(mebibytes: int) -> Response:
        return Response(bytes(mebibytes * 2**20))

    @app.get("/compressed")
    async def compress() -> Response:
        return Response(b"...", headers={"content-encoding": "gzip"})

    @app.get("/redirect")
    async def redirect(to: str) -> Response:
        return Response(status_code=307, headers={"location": to})

    @app.get("/cookie")
    async def send_cookie(request: Request) -> Response:
        response = Response(request.cookies.get("basket", ""))
        response.set_cookie("basket", "7")
        return response

    @app.head("/head")
    async def answer_head() -> Response:
        return Response(b"not to be sent")

    @app.get("/scope")
    async def read_scope(request: Request) -> dict[str, Any]:
        return {
            "url": str(request.url),
            "raw_path": request.scope["raw_path"].decode(),
            "headers": dict(request.headers),
        }
"""
RAW = """
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            return
        return await answer(scope, receive, send)

    async def answer(scope, receive, send):
"""


def answering(*lines: str) -> str:
    """Write a bare ASGI application that answers a request with some statements."""
    return RAW + "".join(f"        {line}\n" for line in lines)


async def ask_broken(host: Host) -> SubmissionError:
    """Send a request whose response cannot be one; give the error."""
    with pytest.raises(SubmissionError) as caught:
        await fetch(host)
    return caught.value


async def test_exception_becomes_500(open_submission: OpenSubmission) -> None:
    """An unhandled exception is answered with 500, and told with its text and the own line."""
    host = await open_submission(APP).open()
    response = await fetch(host, "/error")

    assert response.status_code == 500
    exchange = exchange_of(response)
    assert str(exchange.raised) == "KeyError: 'price'"
    assert [(location.file, location.code) for location in exchange.locations] == [
        ("app/main.py", 'raise KeyError("price")')
    ]
    assert len(host.evidence.of(Raised)) == 1


async def test_silent_app_becomes_500(open_submission: OpenSubmission) -> None:
    """An app that returns without an answer is answered for with 500, as uvicorn does."""
    host = await open_submission(answering("return None")).open()
    response = await fetch(host)

    assert (response.status_code, response.text) == (500, "Internal Server Error")


async def test_raising_before_answer_becomes_500(open_submission: OpenSubmission) -> None:
    """An app that raises before it answers is answered for with 500."""
    host = await open_submission(answering("raise OSError('gone')")).open()
    response = await fetch(host)

    assert response.status_code == 500
    assert str(exchange_of(response).raised) == "OSError: gone"


async def test_chunks_keep_their_order(open_submission: OpenSubmission) -> None:
    """Each chunk of a streamed body arrives by itself, in the order of its sending."""
    host = await open_submission(APP).open()
    async with open_client(host) as client, client.stream("GET", "/stream") as response:
        chunks = [chunk async for chunk in response.aiter_raw()]

    assert [chunk for chunk in chunks if chunk] == [b"0;", b"1;", b"2;", b"3;"]


async def test_broken_body_is_noticed(open_submission: OpenSubmission) -> None:
    """A body that ends with an exception is kept as far as it came, and marked as broken."""
    host = await open_submission(APP).open()
    response = await fetch(host, "/broken")

    assert response.text == "begun"
    exchange = exchange_of(response)
    assert exchange.broken
    assert str(exchange.raised) == "RuntimeError: half way"
    assert exchange.locations[0].code == 'raise RuntimeError("half way")'


async def test_whole_body_is_not_broken(open_submission: OpenSubmission) -> None:
    """A body that ends as it should is not marked."""
    host = await open_submission(APP).open()

    assert not exchange_of(await fetch(host, "/stream")).broken


@pytest.mark.parametrize("mebibytes", [3, 6])
async def test_request_body_comes_in_pieces(
    open_submission: OpenSubmission, mebibytes: int
) -> None:
    """A large request body reaches the app in pieces, as from a socket, and whole."""
    host = await open_submission(APP).open()
    response = await fetch(host, "/chunks", method="POST", content=bytes(mebibytes * 2**20))

    sizes = response.json()
    assert sum(sizes) == mebibytes * 2**20
    assert max(sizes) == 64 * 1024


async def test_response_up_to_cap_is_read(open_submission: OpenSubmission) -> None:
    """A response of one mebibyte is still read whole."""
    host = await open_submission(APP).open()

    assert len((await fetch(host, "/large?mebibytes=1")).content) == 2**20


async def test_response_over_cap_is_refused(open_submission: OpenSubmission) -> None:
    """A response above the cap is the submission's error; the host serves on."""
    host = await open_submission(APP).open()

    with pytest.raises(SubmissionError) as caught:
        await fetch(host, "/large?mebibytes=3")

    assert caught.value.kind == "protocol"
    assert "1 MiB" in caught.value.message
    assert list(caught.value.did) == ["curl -i 'http://127.0.0.1:8000/large?mebibytes=3'"]
    assert (await fetch(host, "/client")).status_code == 200


async def test_large_event_is_split(open_submission: OpenSubmission) -> None:
    """A body of three mebibytes in one event passes the wall in frames of one."""
    host = await open_submission(APP).open()
    request = httpx.Request("GET", f"{BASE_URL}/large?mebibytes=3")
    await start_request(host, request).wait_until_ended()

    bodies = [sent.event for sent in host.evidence.of(Sent) if "body" in sent.event]
    assert [len(event["body"]) for event in bodies] == [2**20] * 3
    assert [event["more_body"] for event in bodies] == [True, True, False]


async def test_compressed_response_is_refused(open_submission: OpenSubmission) -> None:
    """A compressed response is the submission's error: nothing is ever decompressed."""
    host = await open_submission(APP).open()

    with pytest.raises(SubmissionError) as caught:
        await fetch(host, "/compressed")

    assert caught.value.kind == "protocol"
    assert "compressed" in caught.value.message


@pytest.mark.parametrize("target", ["/client", "http://[::1", "http://a b/", "//:99999/", "?"])
async def test_redirect_is_left_alone(open_submission: OpenSubmission, target: str) -> None:
    """A redirect is an answer like any other, even to a target that is none."""
    host = await open_submission(APP).open()
    response = await fetch(host, "/redirect", params={"to": target})

    assert response.status_code == 307
    assert response.headers["location"] == target


async def test_cookies_are_kept_by_a_client(open_submission: OpenSubmission) -> None:
    """One client sends back the cookies that it got; another has none."""
    host = await open_submission(APP).open()
    async with open_client(host) as client:
        answers = [(await client.get("/cookie")).text for _ in range(2)]

    assert answers == ["", "7"]
    assert (await fetch(host, "/cookie")).text == ""


async def test_head_has_no_body(open_submission: OpenSubmission) -> None:
    """The body that an app sends to a HEAD request is dropped, as by a server."""
    host = await open_submission(APP).open()
    response = await fetch(host, "/head", method="HEAD")

    assert (response.status_code, response.content) == (200, b"")


async def test_scope_is_like_a_servers(open_submission: OpenSubmission) -> None:
    """Paths are decoded, the raw path is not; no header gives the grader away."""
    host = await open_submission(APP).open()
    scope = (await fetch(host, "/scope?size=%41")).json()

    assert scope["url"] == "http://127.0.0.1:8000/scope?size=%41"
    assert scope["raw_path"] == "/scope"
    assert scope["headers"]["host"] == "127.0.0.1:8000"
    assert "dojo" not in str(scope).lower()
    assert "httpx" not in str(scope).lower()


async def test_peer_address_can_be_missing(open_submission: OpenSubmission) -> None:
    """The peer's address is one that nobody owns, or none at all."""
    host = await open_submission(APP).open()
    async with open_client(host, client=None) as client:
        nobody = (await client.get("/client")).json()

    assert (await fetch(host, "/client")).json() == "203.0.113.7"
    assert nobody is None
    url = "http://127.0.0.1:8000/client"
    assert host.history == [f"curl -i {url} # from no address", f"curl -i {url}"]


@pytest.mark.parametrize(
    "start",
    [
        "{'type': 'http.response.start', 'status': 200, 'headers': [(b'a', 'text')]}",
        "{'type': 'http.response.start', 'status': 200, 'headers': {'a': 'b'}}",
        "{'type': 'http.response.start', 'status': 200, 'headers': [b'a']}",
        "{'type': 'http.response.start', 'status': 200, 'headers': None}",
        "{'type': 'http.response.start', 'status': '200', 'headers': []}",
        "{'type': 'http.response.start', 'status': True, 'headers': []}",
        "{'type': 'http.response.start', 'status': 99, 'headers': []}",
        "{'type': 'http.response.start', 'status': 600, 'headers': []}",
        "{'type': 'http.response.start', 'status': object(), 'headers': []}",
        "{'type': 'http.response.start', 'headers': []}",
    ],
)
async def test_malformed_start_is_refused(open_submission: OpenSubmission, start: str) -> None:
    """A response that starts as none can is the submission's error, with the request."""
    host = await open_submission(answering(f"await send({start})")).open()
    error = await ask_broken(host)

    assert error.kind == "protocol"
    assert "cannot send" in error.message
    assert list(error.did) == ["curl -i http://127.0.0.1:8000/"]
    assert error.where[0].code == f"await send({start})"


@pytest.mark.parametrize(
    "event",
    [
        "{'type': 'http.response.body', 'body': b'early'}",
        "{'type': ['http'] * 9}",
        "{'status': 200}",
        "{'type': 'websocket.accept'}",
    ],
)
async def test_event_before_start_becomes_500(open_submission: OpenSubmission, event: str) -> None:
    """An event where a start should be raises in the app, and the server answers for it."""
    host = await open_submission(answering(f"await send({event})")).open()
    response = await fetch(host)

    assert (response.status_code, response.text) == (500, "Internal Server Error")
    assert exchange_of(response).locations[0].code == f"await send({event})"


async def test_returned_value_is_told(open_submission: OpenSubmission) -> None:
    """An app that returns a value in place of an answer is told what the server makes of it."""
    error = await ask_broken(await open_submission(answering("return 200")).open())

    assert error.kind == "protocol"
    assert "returns a value" in error.message


@pytest.mark.parametrize(
    "event",
    [
        "{'type': 'http.response.start', 'status': 200, 'headers': []}",
        "{'type': 'http.response.trailers'}",
    ],
)
async def test_foreign_event_in_body_breaks_off(
    open_submission: OpenSubmission, event: str
) -> None:
    """Something else where a body should go on raises in the app, and the body breaks off."""
    start = "await send({'type': 'http.response.start', 'status': 200, 'headers': []})"
    host = await open_submission(answering(start, f"await send({event})")).open()
    response = await fetch(host)

    assert exchange_of(response).broken
    assert exchange_of(response).locations[0].code == f"await send({event})"


async def test_headers_have_a_limit_of_ours(open_submission: OpenSubmission) -> None:
    """Headers that are too many for the grader are refused with the words that say so."""
    start = "await send({'type': 'http.response.start', 'status': 200, 'headers': headers})"
    host = await open_submission(answering("headers = [(b'a', b'1' * 1000)] * 66", start)).open()
    error = await ask_broken(host)

    assert "This is a limit of the grader: it takes 64 KiB of headers." in error.message
    assert error.where[0].code == start


async def test_leaving_client_is_told_to_the_app(open_submission: OpenSubmission) -> None:
    """A client that closes a response before its end has left; one that has read it has not."""
    host = await open_submission("""
        import asyncio, logging
        from collections.abc import AsyncIterator
        from fastapi import FastAPI
        from fastapi.responses import StreamingResponse

        app = FastAPI()
        logger = logging.getLogger("kata.stream")

        @app.get("/{endless}")
        async def stream(endless: bool) -> StreamingResponse:
            async def count() -> AsyncIterator[str]:
                try:
                    yield "first"
                    if endless:
                        await asyncio.Event().wait()
                except asyncio.CancelledError:
                    logger.info("left")
                    raise
            return StreamingResponse(count())
    """).open()
    async with open_client(host) as client:
        await finish(await client.get("/false"))
        read = len(host.evidence.logs("kata.stream", "left"))
        async with client.stream("GET", "/true") as response:
            await anext(response.aiter_raw())
        await exchange_of(response).wait_until_ended()

    assert (read, len(host.evidence.logs("kata.stream", "left"))) == (0, 1)


async def test_finish_waits_for_background_work(open_submission: OpenSubmission) -> None:
    """A response is complete before the app is done; `finish` waits for the rest."""
    host = await open_submission("""
        import asyncio, logging
        from fastapi import BackgroundTasks, FastAPI

        app = FastAPI()
        logger = logging.getLogger("kata.mail")
        open_office = asyncio.Event()

        async def send_mail() -> None:
            await open_office.wait()
            logger.info("sent")

        @app.post("/office")
        async def open() -> None:
            open_office.set()

        @app.post("/orders")
        async def order(tasks: BackgroundTasks) -> str:
            tasks.add_task(send_mail)
            return "ordered"
    """).open()
    async with open_client(host) as client:
        response = await client.post("/orders")
        early = len(host.evidence.logs("kata.mail"))
        await client.post("/office")
        await finish(response)

    assert isinstance(response, httpx.Response)
    assert (early, len(host.evidence.logs("kata.mail"))) == (0, 1)


EXERCISES = Path(__file__).parents[2] / "exercises"


async def test_host_of_statements_is_trusted(open_submission: OpenSubmission) -> None:
    """An app that answers only to the host of its statement answers to the grader."""
    statements = "".join(path.read_text("utf-8") for path in EXERCISES.glob("*/README.md"))
    (named,) = set(re.findall(r"([\w.]+):8000", statements))
    host = await open_submission(f"""
        from fastapi import FastAPI
        from fastapi.middleware.trustedhost import TrustedHostMiddleware

        app = FastAPI()
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=["{named}"])
    """).open()

    assert (await fetch(host, "/openapi.json")).status_code == 200


def write_request(method: str = "GET", path: str = "/", **parts: object) -> httpx.Request:
    """Make a request as a client of the statement's examples would."""
    return httpx.Request(method, f"{BASE_URL}{path}", **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        (write_request(path="/a?b=1"), "curl -i 'http://127.0.0.1:8000/a?b=1'"),
        (write_request("HEAD"), "curl -i --head http://127.0.0.1:8000/"),
        (write_request("DELETE"), "curl -i -X DELETE http://127.0.0.1:8000/"),
        (
            write_request("POST", content=b'{"a": "\xc3\xa9"}', headers={"X-Key": "k v"}),
            "curl -i -X POST -H 'x-key: k v' -d '{\"a\": \"é\"}' http://127.0.0.1:8000/",
        ),
        (
            write_request("POST", content=b"\xff"),
            "curl -i -X POST -d '\\xff' http://127.0.0.1:8000/",
        ),
        (
            write_request(headers=[("X-Hop", "a, b"), ("X-Hop", "c")]),
            "curl -i -H 'x-hop: a, b' -H 'x-hop: c' http://127.0.0.1:8000/",
        ),
        (
            write_request(headers={"accept": "*/*", "user-agent": "curl/8.0"}),
            "curl -i http://127.0.0.1:8000/",
        ),
    ],
)
def test_request_is_told_as_curl(request_: httpx.Request, command: str) -> None:
    """A request is shown as a command with all that a learner has to give, and no more."""
    assert describe_request(request_) == command


@pytest.mark.parametrize(("length", "shown"), [(1000, "a" * 1000), (1001, "a" * 1000 + "…")])
def test_long_body_is_cut(length: int, shown: str) -> None:
    """A body is shown up to a thousand characters; what is left out is marked."""
    command = describe_request(write_request("PUT", content=b"a" * length))

    assert command == f"curl -i -X PUT -d {shlex.quote(shown)} http://127.0.0.1:8000/"


async def test_unread_body_is_not_told() -> None:
    """A body that is still to be made is left out of the command."""

    async def make() -> AsyncIterator[bytes]:
        yield b"part"

    command = describe_request(write_request("PUT", content=make()))

    assert command == "curl -i -X PUT -H 'transfer-encoding: chunked' http://127.0.0.1:8000/"


def test_scope_has_a_servers_keys() -> None:
    """The scope of a request is what uvicorn makes of it."""
    scope = make_scope(write_request("PUT", "/a%20b?c=%41", headers={"X-Key": "V"}), None)

    headers = scope.pop("headers")
    assert scope == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "http",
        "path": "/a b",
        "raw_path": b"/a%20b",
        "query_string": b"c=%41",
        "root_path": "",
        "client": None,
        "server": ("127.0.0.1", 8000),
    }
    assert (b"x-key", b"V") in headers


@pytest.mark.parametrize(
    ("headers", "pairs"),
    [
        ([[b"a", b"1"], [b"a", b"2"]], [(b"a", b"1"), (b"a", b"2")]),
        ([], []),
        ([[b"a", "1"]], None),
        ([[b"a", b"1", b"2"]], None),
        ([[b"a", b"1"], b"ab"], None),
        ({}, None),
        (None, None),
    ],
)
def test_pairs_of_bytes_are_headers(
    headers: object, pairs: list[tuple[bytes, bytes]] | None
) -> None:
    """Headers are a list of pairs of bytes; anything else is none."""
    assert read_pairs(headers) == pairs


async def test_streamed_request_arrives_whole(open_submission: OpenSubmission) -> None:
    """A body that is made bit by bit reaches the app whole."""

    async def make() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"de"

    host = await open_submission(APP).open()
    response = await fetch(host, "/chunks", method="POST", content=make())

    assert sum(response.json()) == 5


async def test_failing_request_leaves(open_submission: OpenSubmission) -> None:
    """A client that fails in the middle of its body has left, as the app is told."""

    async def make() -> AsyncIterator[bytes]:
        yield b"abc"
        raise OSError("no more")

    host = await open_submission(
        answering(
            "import logging",
            "if scope['path'] == '/end': raise OSError",
            "event = await receive()",
            "while event['type'] == 'http.request': event = await receive()",
            "logging.getLogger('kata').info(event['type'])",
        )
    ).open()
    with pytest.raises(OSError, match="no more"):
        await fetch(host, "/", method="POST", content=make())
    await fetch(host, "/end")

    assert [log.message for log in host.evidence.logs("kata")] == ["http.disconnect"]


@pytest.mark.parametrize("length", ["6", "4"])
async def test_short_or_long_body_is_broken(open_submission: OpenSubmission, length: str) -> None:
    """A body that is not as long as it was said to be breaks off."""
    start = f"""await send({{
            'type': 'http.response.start', 'status': 200,
            'headers': [(b'content-length', b'{length}')],
        }})"""
    body = "await send({'type': 'http.response.body', 'body': b'12345'})"
    host = await open_submission(answering(start, body)).open()

    assert exchange_of(await fetch(host)).broken
