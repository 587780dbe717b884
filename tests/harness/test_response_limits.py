"""What a response says in its head is bounded before any parser of the grader's reads it."""

import httpx
import pytest

from dojo.harness.failures import SubmissionError
from dojo.harness.hosts import Host
from dojo.harness.http_client import MOST_HEADERS, Response, find_excess, read_charset
from dojo.host.frames import LARGEST_HEAD

from ..conftest import OpenSubmission, fetch

APP = """
import asyncio

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
    headers = []
    if scope["path"] == "/head":
        headers = [(b"x", b"y")] * 300
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    while scope["path"] == "/drip":
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await asyncio.sleep(0.05)
    await send({"type": "http.response.body", "body": b"whole"})
"""


async def ask_in_vain(host: Host, path: str) -> SubmissionError:
    """Send a request whose response exceeds a limit; give the error."""
    with pytest.raises(SubmissionError) as caught:
        await fetch(host, path)
    return caught.value


@pytest.mark.parametrize(
    ("headers", "excess"),
    [
        ([(b"x", b"")] * MOST_HEADERS, None),
        ([(b"x", b"")] * (MOST_HEADERS + 1), "has 257 headers, more than the grader's limit"),
        ([(b"x", b"y" * (LARGEST_HEAD - 1))], None),
        ([(b"x", b"y" * LARGEST_HEAD)], "has 65537 bytes of headers"),
        ([(b"set-cookie", b"a=1")] * 50, None),
        ([(b"Set-Cookie", b"a=1")] * 51, "sets 51 cookies"),
        ([(b"set-cookie", b"a" * 4096)], None),
        ([(b"set-cookie", b"a" * 4097)], "sets a cookie of 4097 bytes"),
    ],
)
def test_head_has_bounds(headers: list[tuple[bytes, bytes]], excess: str | None) -> None:
    """Each limit lets in what just keeps to it, and names what does not."""
    found = find_excess(headers)

    assert found == excess if excess is None or found is None else excess in found


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/plain", None),
        ("text/plain; charset=utf-8", "utf-8"),
        ('text/plain;CHARSET="ISO-8859-1"', "iso-8859-1"),
        ("text/plain; charset=punycode", None),
        ("text/plain; charset=idna", None),
        ("text/plain; charset=unicode_escape", None),
        ("text/plain; charset=utf-8_sig", None),
    ],
)
def test_charsets_are_usual_ones(content_type: str, charset: str | None) -> None:
    """Of all the codecs that Python has, only those of ordinary texts are run."""
    assert read_charset(content_type) == charset


def test_slow_codec_is_not_run() -> None:
    """A body that says it is punycode is read as UTF-8."""
    headers = {"content-type": "text/plain; charset=punycode"}
    response = Response(200, headers=headers, content="größer".encode())

    assert response.text == "größer"
    assert isinstance(response, httpx.Response)


async def test_many_headers_are_refused(open_submission: OpenSubmission) -> None:
    """Too many headers are told as what they are, and the next request is answered."""
    host = await open_submission(APP).open()
    error = await ask_in_vain(host, "/head")

    assert error.kind == "limit"
    assert "300 headers" in error.message
    assert (await fetch(host)).text == "whole"


async def test_dripping_body_is_told(
    open_submission: OpenSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body that comes bit by bit, each in time, has a time for all of it."""
    monkeypatch.setattr("dojo.harness.patience.CALL_SECONDS", 0.5)
    host = await open_submission(APP).open()
    error = await ask_in_vain(host, "/drip")

    assert error.kind == "limit"
    assert error.message.startswith("The body of GET /drip came in ")
