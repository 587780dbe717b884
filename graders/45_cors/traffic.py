"""Traffic of 45_cors: pages of all kinds of origins ask for all kinds of answers.

Not sent is what a browser never sends: two origins, an empty list of headers, other words around
a name. `Accept` and its kin are in no preflight, since the statement leaves them open.
"""

from typing import Any

import httpx

from dojo.grader import Draw, Freedom, Labs, Request, Traffic, exchange_of, request

ALLOWED = (
    "https://shop.example.com",
    "https://desk.example.com:8443",
    "http://localhost:3000",
    "https://pr-7.preview.example.com",
    "https://0.preview.example.com",
    "https://pr--7-.preview.example.com",
    f"https://{'long-' * 12}name.preview.example.com",
)
OTHERS = (
    "https://attacker.io",
    "null",
    "https://SHOP.example.com",
    "https://shop.example.com/",
    "https://shop.example.com:443",
    "https://www.shop.example.com",
    "https://Pr-7.preview.example.com",
    "https://pr_7.preview.example.com",
    "https://\xe9.preview.example.com",
    "https://pr-7.preview.example.com, https://attacker.io",
    "https://preview.example.com.attacker.io",
    "http://127.0.0.1:8000",
)
SESSIONS = ("demo", "asha-31c5")
METHODS = ("GET", "POST", "PATCH", "DELETE")
HEADERS = ("", "content-type", "X-Request-ID, content-type", "content-type,x-request-id")
BAD_HEADERS = ("authorization", "content-type,cookie", "x-request-id-2", "x-requested-with")
PATHS = ("/repairs", "/repairs/1", "/no-such-path", "/", "/average-price?bicycle=tandem")
CRASHES: tuple[tuple[str, str, Any], ...] = (("GET", "/average-price?bicycle=tandem", ...),)
OPTIONS = ("OPTIONS", "/repairs", ...)
QUESTIONS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/repairs?limit=2", ...),
    ("GET", "/repairs?limit=-1", ...),
    ("GET", "/repairs/1", ...),
    ("GET", "/repairs/4711", ...),
    ("GET", "/repairs/", ...),
    ("GET", "/average-price?bicycle=racer", ...),
    ("GET", "/no-such-path", ...),
    ("HEAD", "/repairs", ...),
    OPTIONS,
    ("PUT", "/repairs/1", {"note": "New tyre"}),
    ("POST", "/repairs", {"bicycle": "racer", "price": 70}),
    ("POST", "/repairs", {"price": True}),
    ("PATCH", "/repairs/2", {"note": "New \u212b tyre"}),
    ("POST", "/repairs/1/reminder", ...),
    ("DELETE", "/repairs/3", ...),
)
ASKED = {"Access-Control-Request-Method": "PATCH"}
COMPARED = ("x-total-count", "retry-after", "allow")


def send(question: tuple[str, str, Any], origin: str, session: str) -> Request:
    """Write an ordinary request, most of them with a header that only a preflight has."""
    method, path, body = question
    headers = {"Origin": origin} if origin else {}
    headers |= {"Cookie": f"theme=dark; session={session}"} if session else {}
    headers |= ASKED if method != "OPTIONS" or not origin else {}
    crashes = question in CRASHES and bool(session)
    return request(method, path, body=body, headers=headers, crashes=crashes)


def read(draw: Draw) -> list[Request]:
    """Ask all from an allowed page, from another one, and without an origin; crash once more."""
    questions = draw.sample((*QUESTIONS, *CRASHES), len(QUESTIONS) + 1)
    steps = [
        send(question, origin, draw.deal(SESSIONS))
        for question in questions
        for origin in draw.sample((draw.deal(ALLOWED), draw.deal(OTHERS), ""), 3)
    ]
    steps += [send(OPTIONS, draw.deal(ALLOWED), ""), send(draw.choice(QUESTIONS), "", "")]
    return steps + [send(CRASHES[0], each, "demo") for each in (draw.deal(ALLOWED), "")]


def ask_first(draw: Draw) -> list[Request]:
    """Send preflights for what is listed and for what is not, on any path."""
    listed = [(draw.deal(ALLOWED), method, draw.deal(HEADERS)) for method in METHODS]
    listed += [(draw.deal(ALLOWED), draw.deal(METHODS), names) for names in HEADERS]
    others = [(draw.deal(ALLOWED), method, "") for method in ("PUT", "patch", "OPTIONS", "TRACE")]
    others += [(draw.deal(ALLOWED), draw.deal(METHODS), names) for names in BAD_HEADERS]
    others += [(draw.choice(OTHERS), draw.deal(METHODS), draw.deal(HEADERS)) for _ in METHODS]
    steps = []
    for origin, method, names in (*listed, *others):
        headers = {"Origin": origin, "Access-Control-Request-Method": method}
        headers |= {"Access-Control-Request-Headers": names} if names else {}
        steps.append(request("OPTIONS", draw.deal(PATHS), headers=headers))
    return steps


def read_names(message: httpx.Request | httpx.Response, header: str) -> list[str]:
    """Give the names that a header lists, in small letters and in order."""
    values = message.headers.get_list(header, split_commas=True)
    return sorted({each.strip().lower() for each in values} - {""})


def watch(_: Labs, response: httpx.Response) -> dict[str, Any]:
    """Tell what a browser makes of an answer; of a preflight nothing else is compared."""
    asked = response.request
    origin = asked.headers.get("origin")
    method = asked.headers.get("access-control-request-method")
    allowed = response.headers.get_list("access-control-allow-origin")
    credentials = response.headers.get_list("access-control-allow-credentials")
    readable = bool(origin) and allowed == [origin] and credentials == ["true"]
    if asked.method == "OPTIONS" and origin is not None and method is not None:
        methods = response.headers.get_list("access-control-allow-methods", split_commas=True)
        names = set(read_names(asked, "access-control-request-headers"))
        yes = readable and response.is_success and method in [each.strip() for each in methods]
        yes = yes and names <= set(read_names(response, "access-control-allow-headers"))
        verdict = "yes" if yes else "no"
        return {"status": 0, "headers": {}, "body": "", "the answer to the preflight is": verdict}
    vary = read_names(response, "vary")
    exposed = read_names(response, "access-control-expose-headers")
    return {
        "Access-Control-Allow-Origin": " and ".join(allowed) or None,
        "the page may read the answer": readable,
        "Vary names": ", ".join(each for each in vary if each in ("origin", "accept-language")),
        "the server gets an exception": exchange_of(response).raised is not None,
        "open to the page are": ", ".join(exposed) if readable else None,
    }


WORDS = "What a 500 says is up to you"


traffic = Traffic(
    scenes=(read, ask_first),
    freedoms=(
        Freedom(WORDS, "body", status=500),
        Freedom(WORDS, "headers.content-type", status=500),
    ),
    headers=COMPARED,
    watch=watch,
    requests=60,
)
