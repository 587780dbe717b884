"""Grader of 45_cors: what a browser makes of the answers, on pages of several origins."""

from typing import Any

import httpx

from dojo.grader import Failure, Oracle, SeededInputs, criterion, exchange_of, expect

SHOP, DESK, LOCAL = ORIGINS = (
    "https://shop.example.com",
    "https://desk.example.com:8443",
    "http://localhost:3000",
)
PREVIEWS = (
    "https://pr-7.preview.example.com",
    "https://2026-11-a.preview.example.com",
    "https://x.preview.example.com",
)
STRANGERS = (
    "https://attacker.io",
    "https://shop.example.com.attacker.io",
    "https://attackershop.example.com",
    "https://shopxexample.com",
    "http://shop.example.com",
    "https://shop.example.com:8443",
    "https://desk.example.com",
    "http://localhost:3001",
    "https://localhost:3000",
    "http://127.0.0.1:3000",
    "null",
)
NO_PREVIEWS = (
    "https://preview.example.com",
    "https://.preview.example.com",
    "https://a.b.preview.example.com",
    "http://pr-7.preview.example.com",
    "https://pr-7.preview.example.com:443",
    "https://pr-7.preview.example.com.attacker.io",
    "https://pr-7.previewxexample.com",
    "https://evil-preview.example.com",
)
METHODS = ("GET", "POST", "PATCH", "DELETE")
HEADERS = ("content-type", "x-request-id")
"""As browsers send the names: in small letters and in order."""
EXPOSED = {"x-total-count", "retry-after"}


async def ask(
    client: httpx.AsyncClient,
    path: str,
    origin: str = "",
    method: str = "GET",
    body: Any = None,
    session: str = "demo",
) -> httpx.Response:
    """Send the request of a page; without an origin it is one of `curl`."""
    headers = ({"Origin": origin} if origin else {}) | (
        {"Cookie": f"session={session}"} if session else {}
    )
    return await client.request(method, path, json=body, headers=headers)


async def ask_first(
    client: httpx.AsyncClient, origin: str, method: str, *names: str, path: str = "/repairs/2"
) -> httpx.Response:
    """Send a preflight: browsers put no cookie into one."""
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    if names:
        headers["Access-Control-Request-Headers"] = ",".join(names)
    return await client.options(path, headers=headers)


def refuse(response: httpx.Response, expected: str, seen: str, because: str = "") -> Failure:
    """Make a failure about the headers of an answer: neither its route nor earlier ones matter."""
    return Failure(expected, seen, response.extensions["did"][-1:], because)


def read_names(response: httpx.Response, header: str) -> set[str]:
    """Give the names that a header lists, in small letters."""
    values = response.headers.get_list(header, split_commas=True)
    return {each.strip().lower() for each in values} - {""}


def expect_headers(response: httpx.Response, header: str, *values: str, because: str = "") -> None:
    """Expect a header with these values, each on a line of its own, and no others."""
    found = response.headers.get_list(header)
    if found != list(values):
        expected, seen = (
            " and ".join(f"'{header}: {each}'" for each in some) or f"no header '{header}'"
            for some in (values, found)
        )
        subject = f"with the status {response.status_code}: "
        raise refuse(response, subject + expected, subject + seen, because)


def expect_readable(response: httpx.Response, origin: str) -> None:
    """Expect the headers with which a browser lets a page read an answer."""
    because = "The browser hides this answer from the page, which then sees a 'CORS error'."
    expect_headers(response, "Access-Control-Allow-Origin", origin, because=because)
    expect_headers(response, "Access-Control-Allow-Credentials", "true", because=because)


def expect_unreadable(response: httpx.Response) -> None:
    """Expect that a browser lets no page read an answer."""
    expect_headers(response, "Access-Control-Allow-Origin")


def expect_vary(response: httpx.Response, *names: str) -> None:
    """Expect that an answer may differ by origin, and by these headers."""
    found, wanted = read_names(response, "Vary"), ("origin", *names)
    if missing := [each.title() for each in wanted if each not in found]:
        seen = response.headers.get("Vary")
        seen = "no header 'Vary'" if seen is None else f"'Vary: {seen}'"
        because = "A cache may give this answer to a request for which it is not meant."
        raise refuse(response, f"{' and '.join(missing)} in 'Vary'", seen, because)


def find_no(response: httpx.Response, origin: str, method: str, *names: str) -> str:
    """Say by what a preflight is a no to the browser; nothing if it is a yes."""
    if not response.is_success:
        return f"status {response.status_code}"
    for header, value in (("Origin", origin), ("Credentials", "true")):
        if response.headers.get_list(f"Access-Control-Allow-{header}") != [value]:
            return f"no header 'Access-Control-Allow-{header}: {value}'"
    methods = response.headers.get_list("Access-Control-Allow-Methods", split_commas=True)
    if method not in [each.strip() for each in methods]:
        return f"'Access-Control-Allow-Methods' does not list {method}"
    for name in names:
        if name not in read_names(response, "Access-Control-Allow-Headers"):
            return f"'Access-Control-Allow-Headers' does not list '{name}'"
    return ""


async def expect_yes(
    client: httpx.AsyncClient, origin: str, method: str, *names: str, path: str = "/repairs/2"
) -> None:
    """Expect that a browser goes on to send the request that a preflight asks for."""
    answer = await ask_first(client, origin, method, *names, path=path)
    if why := find_no(answer, origin, method, *names):
        raise refuse(answer, "a yes to this preflight", f"a no: {why}")


async def expect_no(
    client: httpx.AsyncClient, origin: str, method: str, *names: str, path: str = "/repairs/2"
) -> None:
    """Expect that a browser does not send the request that a preflight asks for."""
    answer = await ask_first(client, origin, method, *names, path=path)
    if not find_no(answer, origin, method, *names):
        raise refuse(answer, "a no to this preflight", "a yes", "The policy does not list this.")


@criterion(task=1)
async def test_only_listed_origins_read(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """The pages of `ORIGINS` may read answers with the cookie, and no other page may."""
    for origin in ORIGINS:
        answer = await ask(client, "/repairs/1", origin)
        expect(answer).status(200)
        expect_readable(answer, origin)
    for origin in (*STRANGERS, f"https://{inputs.word()}.example.com"):
        answer = await ask(client, "/repairs/1", origin)
        expect(answer).status(200)
        expect_unreadable(answer)


@criterion(task=1)
async def test_previews_read_by_name(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """The preview of any name may read answers, and an origin that only looks like one may not."""
    for origin in (*PREVIEWS, f"https://{inputs.word()}-{inputs.number()}.preview.example.com"):
        expect_readable(await ask(client, "/repairs/1", origin), origin)
    for origin in NO_PREVIEWS:
        expect_unreadable(await ask(client, "/repairs/1", origin))


@criterion(task=1)
async def test_answers_vary_by_origin(client: httpx.AsyncClient) -> None:
    """An answer names `Origin` in its `Vary`, whoever asks, and what it has named before."""
    for origin in (LOCAL, PREVIEWS[0], STRANGERS[0], ""):
        expect_vary(await ask(client, "/repairs", origin), "accept-language")
        expect_vary(await ask(client, "/repairs/1", origin))


@criterion(task=2)
async def test_preflights_keep_to_policy(client: httpx.AsyncClient) -> None:
    """A preflight, without a session, is a yes for what the policy lists, and else a no."""
    for origin in (*ORIGINS, PREVIEWS[0]):
        for method in METHODS:
            await expect_yes(client, origin, method)
            await expect_yes(client, origin, method, *HEADERS)
        for method in ("PUT", "OPTIONS"):
            await expect_no(client, origin, method)
        for names in (("authorization",), ("content-type", "x-debug")):
            await expect_no(client, origin, "PATCH", *names)
    for origin in (STRANGERS[0], NO_PREVIEWS[0], "null"):
        await expect_no(client, origin, "POST", "content-type")


@criterion(task=3)
async def test_errors_carry_policy(client: httpx.AsyncClient) -> None:
    """The answers 401, 404, 405, 422 and 503 can be read by an allowed page, and vary by origin."""
    for origin in (DESK, PREVIEWS[1]):
        for code, method, path, body, session in (
            (401, "GET", "/repairs", None, ""),
            (401, "POST", "/repairs", {}, "stolen"),
            (404, "GET", "/repairs/4711", None, "demo"),
            (404, "GET", "/no-such-path", None, "demo"),
            (405, "PUT", "/repairs/1", {}, "demo"),
            (422, "POST", "/repairs", {"bicycle": "racer", "price": -1}, "demo"),
            (503, "POST", "/repairs/1/reminder", None, "demo"),
        ):
            answer = await ask(client, path, origin, method, body, session)
            expect(answer).status(code)
            expect_readable(answer, origin)
            expect_vary(answer)


@criterion(task=3)
async def test_crash_carries_policy(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """The 500 of a crash can be read by an allowed page, and the server gets the exception."""
    for origin in (LOCAL, PREVIEWS[0]):
        answer = await ask(client, f"/average-price?bicycle={inputs.word()}", origin)
        expect(answer).status(500)
        expect_readable(answer, origin)
        expect_vary(answer)
        raised = exchange_of(answer).raised
        if raised is None or not raised.type.endswith("StatisticsError"):
            seen = f"it gets '{raised}'" if raised else "the app returns as if nothing had happened"
            because = "The traceback of this crash is in no log of the server."
            raise refuse(answer, "that the exception reaches the server", seen, because)


@criterion(task=3)
async def test_page_reads_named_headers(client: httpx.AsyncClient) -> None:
    """The headers of `EXPOSED` and no others are open to the page, whatever the answer is."""
    for path, code, header in (
        ("/repairs?limit=1", 200, "X-Total-Count"),
        ("/repairs/2/reminder", 503, "Retry-After"),
        ("/repairs/4711", 404, ""),
        ("/average-price?bicycle=tandem", 500, ""),
    ):
        answer = await ask(client, path, SHOP, "POST" if "reminder" in path else "GET")
        expect(answer).status(code)
        if header and header not in answer.headers:
            raise refuse(answer, f"a header '{header}'", f"no header '{header}'")
        found = read_names(answer, "Access-Control-Expose-Headers")
        if found != EXPOSED:
            expected, seen = (
                f"'Access-Control-Expose-Headers' with {' and '.join(sorted(some)) or 'no name'}"
                for some in (EXPOSED, found)
            )
            because = "By these names the script of a page decides what else it may read."
            raise refuse(answer, expected, seen, because)


@criterion(task=3)
async def test_any_answer_keeps_policy(oracle: Oracle) -> None:
    """Whatever is asked from wherever, the answer is the promised one and carries the policy."""
    await oracle.compare()
