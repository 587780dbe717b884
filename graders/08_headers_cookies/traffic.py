"""Traffic of 08_headers_cookies: headers, cookies, queries and bodies of every kind.

Tokens of new sessions are drawn by the app, so sessions are used that are open at the start. Not
sent is what the statement excludes: header values that are not ASCII or have white space at their
ends, and a station or a session that comes twice or is empty.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from dojo.grader import Draw, Freedom, Labs, Request, Traffic, request

TEXTS = (
    *("0", "null", "Desk A, Desk B", ",", "50%41", "a;b=c", '"quoted"', "{0} %s \\n", "STATION"),
    *("desk__2", "x" * 300, "two  spaces", "=?utf-8?b?w6k=?=", "Bearer abc", "a\tb"),
)
STATIONS = (
    *("0", "null", "Desk A, Desk B", "50%41", "a;b=c", '"quoted"', "=?utf-8?b?w6k=?=", "x" * 300),
)
CASES = ("X-Hop", "x-hop", "X-HOP", "x-HOP", "X-hop")
NO_STATIONS: tuple[dict[str, str], ...] = (
    *({}, {"x_station": "desk"}, {"X_Station": "desk"}, {"station": "desk"}, {"xstation": "desk"}),
    *({"x--station": "desk"}, {"x-stations": "desk"}, {"cookie": "x-station=desk"}),
)
TOKENS = ("demo-asha", "demo-ravi")
NO_TOKENS = ("asha", "demo-Asha", "DEMO-RAVI", "demo-ash", "demo-asha-2", "None", "x" * 300)
COOKIES = (
    *("session={}", "theme=dark; session={}; sort=new", "a=1;session={};b=2", "a[b]=1; session={}"),
    *('; ;session={}; q="x, y"', "Session=x; session={}"),
)
NO_COOKIES = (
    *("Session={}", "xsession={}", "session_id={}", "{}", "theme=session={}", "__Host-session={}"),
)
MEMBERS = (
    "Zoe\u0308",
    "  two  spaces ",
    "asha",
    "null",
    "a;b=c, d",
    "👩\u200d🚀\n\x07",
    "x" * 3000,
)
NO_LOGINS: tuple[Any, ...] = ({}, {"member": ""}, {"member": None}, {"member": 5}, [], "asha", None)
SECRETS = ("Bearer demo-asha", "***", "x" * 300, "", "Basic YTpi", "theme=dark; a=1")
SHOWN = (
    *("x-api-key-id", "x-authorization", "api-key", "set-cookie", "x_api_key", "cookie2", "token"),
    *("x-auth-token", "proxy-authorization", "cookies", "x-forwarded-for", "accept", "user-agent"),
)
QUERIES = (
    *(
        "",
        "?a=&a",
        "?=x",
        "?a&a=&&b=2&a=1",
        "?A=1&a=2",
        "?a=1;b=2",
        "?q=a+b%2Bc%2541",
        "?a%5B%5D=1",
    ),
    *("?q=Zoe%CC%88&q=%00%0A%07", "?authorization=open&cookie=open", f"?q={'x' * 3000}"),
    "?" + "&".join(["n=1"] * 60),
)
BODIES = (
    *(b"", b"0", b" ", b"null", b"[1, 2", b"\xff\xfe\x00", "Zoe\u0308".encode(), b"\r\n\r\n"),
    *(
        b'"\xc3"',
        b"a=%41&b=",
        b"\xef\xbb\xbf{}",
        b"\x00" * 3000,
        b"--x--",
        "👩\u200d🚀".encode("utf-16"),
    ),
)
KINDS: tuple[dict[str, str], ...] = (
    *({}, {"content-type": "application/json"}, {"content-type": "text/plain; charset=utf-16"}),
    *({"content-type": "multipart/form-data"}, {"content-type": "nonsense"}),
    {"content-type": "application/x-www-form-urlencoded"},
)


def find_shows(draw: Draw) -> list[Request]:
    """Ask for shows with a station and any number of hops."""
    names = draw.sample(CASES, draw.randint(0, len(CASES)))
    hops = {name: draw.deal(TEXTS) for name in names}
    station = draw.choice(("X-Station", "x-station", "X-STATION"))
    headers = {station: draw.deal(STATIONS), "x_hop": draw.word(), "x_station": draw.word()}
    return [request("GET", "/shows", headers=headers | hops)]


def omit_station(draw: Draw) -> list[Request]:
    """Ask for shows without a station."""
    query = draw.choice(("", "?x_station=desk", "?x-station=desk", "?X-Station=desk"))
    return [Request("GET", f"/shows{query}", headers=draw.deal(NO_STATIONS))]


def log_in(draw: Draw) -> list[Request]:
    """Log in with a cookie or without one, and fail to."""
    headers = {"cookie": f"{draw.choice(('theme', 'session'))}={draw.deal(NO_TOKENS)}"}
    return [
        request("POST", "/login", body={"member": draw.deal(MEMBERS)}, headers=headers),
        request("POST", "/login", body=draw.deal(NO_LOGINS)),
    ]


def ask_me(draw: Draw) -> list[Request]:
    """Ask who one is, with the right cookie, with a wrong token and with other cookies."""
    token, other = draw.sample(TOKENS, 2)
    query = draw.choice(({"session": other}, {"token": other}))
    return [
        me(draw.deal(COOKIES).format(token)),
        me(draw.deal(COOKIES).format(other)),
        me(draw.choice(COOKIES).format(draw.deal(NO_TOKENS))),
        me(draw.deal(NO_COOKIES).format(token)),
        me(draw.deal(NO_COOKIES).format(token), query),
    ]


def log_out(draw: Draw) -> list[Request]:
    """Log out, with a session or without one, and see what is left."""
    token, other = draw.sample(TOKENS, 2)
    cookie = draw.choice((*COOKIES, *NO_COOKIES)).format(token)
    logout = request("POST", "/logout", query={"session": other}, headers={"cookie": cookie})
    return [logout, me(f"session={token}"), me(f"session={other}")]


def show_request(draw: Draw) -> list[Request]:
    """Look at a request with secret headers and others."""
    method = draw.choice(("GET", "POST"))
    secrets = ("Authorization", "authorization", "Cookie", "cookie", "X-Api-Key", "X-API-KEY")
    headers = {name: draw.deal(SECRETS) for name in draw.sample(secrets, 3)}
    headers |= {draw.deal(SHOWN): draw.deal(TEXTS) for _ in range(3)}
    headers |= {name: draw.deal(TEXTS) for name in draw.sample(CASES, 2)}
    return [Request(method, f"/info{draw.deal(QUERIES)}", headers=headers)]


def measure(draw: Draw) -> list[Request]:
    """Have bodies measured, and ask in a way that there is not."""
    other = (("GET", "/raw"), ("PUT", "/info"), ("GET", "/logout"), ("POST", "/me"), ("GET", "/"))
    return [
        *[Request("POST", "/raw", draw.deal(BODIES), draw.deal(KINDS)) for _ in range(2)],
        Request(*draw.choice(other)),
    ]


def me(cookie: str, query: Mapping[str, str] | None = None) -> Request:
    """Write the request of somebody who asks who they are."""
    return request("GET", "/me", query=query or {}, headers={"cookie": cookie})


SCENES = (
    *[find_shows] * len(STATIONS),
    *[omit_station] * 4,
    *[log_in] * 3,
    *[ask_me] * 3,
    *[show_request] * len(QUERIES),
    *[measure] * 5,
)


def visit(draw: Draw) -> list[Request]:
    """Use the box office in all ways, and log out at the end: what is closed stays closed."""
    scenes = [*draw.sample(SCENES, len(SCENES)), log_out, log_out]
    return [step for scene in scenes for step in scene(draw)]


def name_cookies(labs: Labs, answer: httpx.Response) -> dict[str, Any]:
    """Name the cookies that an answer sets; one criterion says how."""
    del labs
    return {
        "cookies set": [each.partition("=")[0] for each in answer.headers.get_list("set-cookie")]
    }


def same_places(expected: Any, seen: Any) -> bool:
    """Tell whether all errors are at the same part of the request."""
    try:
        wanted, found = ({str(each["loc"][0]) for each in errors} for errors in (expected, seen))
    except (TypeError, KeyError, IndexError):
        return False
    return wanted == found


def both_texts(expected: Any, seen: Any) -> bool:
    """Tell whether both addresses are texts; real servers name another one than ours."""
    return isinstance(expected, str) and isinstance(seen, str)


traffic = Traffic(
    scenes=(visit,),
    freedoms=(
        Freedom("whose `loc` begins with `header`", "body.detail", same_places, 422),
        Freedom("as the server names it", "body.client", both_texts),
        Freedom("a 204 without a body", "headers.content-type", status=204),
    ),
    watch=name_cookies,
    requests=60,
)
