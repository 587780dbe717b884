"""A `curl` command becomes the request that it would send."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dojo.proof.curl_commands import ExampleUnreadable, make_request


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Give a client, which sends nothing here."""
    async with httpx.AsyncClient() as client:
        yield client


@pytest.mark.parametrize(
    ("options", "method", "content"),
    [
        ("", "GET", b""),
        ("-iS --silent", "GET", b""),
        ("-X DELETE", "DELETE", b""),
        ("--request PUT -d a=1", "PUT", b"a=1"),
        ("--head", "HEAD", b""),
        ("-d a=1 --data b=2", "POST", b"a=1&b=2"),
        ("--json '{\"a\": 1}'", "POST", b'{"a": 1}'),
    ],
)
async def test_options_choose_method_and_body(
    client: httpx.AsyncClient, options: str, method: str, content: bytes
) -> None:
    """A body makes a POST of it, unless another method is named; options for output do nothing."""
    request = make_request(client, f"curl {options} localhost:8000/a")

    assert (request.method, str(request.url)) == (method, "http://localhost:8000/a")
    assert request.content == content


@pytest.mark.parametrize(
    ("options", "name", "value"),
    [
        ("-d a=1", "content-type", "application/x-www-form-urlencoded"),
        ("--json '{}'", "content-type", "application/json"),
        ("-H 'Content-Type: text/x' -d '{}'", "content-type", "text/x"),
        ("--header 'X-A:  b: c '", "x-a", "b: c"),
        ("-b 'a=1; b=2'", "cookie", "a=1; b=2"),
        ("-u asha:secret", "authorization", "Basic YXNoYTpzZWNyZXQ="),
    ],
)
async def test_options_add_headers(
    client: httpx.AsyncClient, options: str, name: str, value: str
) -> None:
    """Each header is sent once, and one that is given comes before the usual one."""
    request = make_request(client, f"curl {options} localhost:8000/a")

    assert request.headers.get_list(name) == [value]


async def test_form_holds_texts_and_files(client: httpx.AsyncClient, tmp_path: Path) -> None:
    """A file is read beside the examples; it may be sent under another name and type."""
    (tmp_path / "one.png").write_bytes(b"\x89PNG")
    command = "curl x/a -F note=hi -F 'photo=@one.png;filename=../b;type=image/png'"

    request = make_request(client, command, tmp_path)
    body = await request.aread()

    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="note"\r\n\r\nhi\r\n' in body
    assert b'name="photo"; filename="../b"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n' in body


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("curl x/a --compressed", "'--compressed' of 'curl x/a --compressed' is not understood."),
        ("curl x/a y/b", "'y/b' of 'curl x/a y/b' is not understood."),
        ("curl x/a -H", "'-H' of 'curl x/a -H' has no value. Write one after it."),
        ("curl 'x/a", "A quotation mark of"),
        ("curl x:y/a", "'curl x:y/a' is no request:"),
        ("curl x/a -F a=@no.png", "The file 'no.png' of '-F a=@no.png' is not there."),
    ],
)
async def test_other_commands_are_refused(
    client: httpx.AsyncClient, command: str, told: str
) -> None:
    """What is not understood is named, and not passed over."""
    with pytest.raises(ExampleUnreadable) as refused:
        make_request(client, command)

    assert told in str(refused.value)
