"""Traffic of 35_async_sqlalchemy: users come, write and go; other processes write as well.

Not sent is what the statement leaves open: a request that could be refused in two ways, and one for
a user who is deleted at the same moment.
"""

from typing import Any

import httpx

from dojo.grader import (
    Change,
    Draw,
    Freedom,
    Labs,
    Request,
    Step,
    Together,
    Traffic,
    count_checked_out,
    exchange_of,
    request,
)

HANDLES = ("asha", "ben", "b", "b-2", "zoe-", "a0")
EMAILS = (
    *("asha@example.com", "Asha@example.com", "b'; --@x", "100%_@\u00f6.example"),
    *("a+b@example.com", "ASHA@EXAMPLE.COM"),
)
NAMES = (
    *("Asha Rao", "asha rao", " Asha Rao", "Zoe\u0308", "Zo\u00eb", "O'Brien; DROP TABLE users"),
    *("a" * 80, "50%41 👩\u200d🚀", "null", "<b>Ben</b>", "\u00c9tienne", "hashed"),
)
SLUGS = ("hello", "a", "hello-", "z9")
DAYS = ("2026-03-01", "1999-12-31", "0001-01-01", "9999-12-31")
MISSING = ("nobody", "Asha", "asha ", "%61sha", "ash\u0061\u0301", "'", "a" * 300)
ELSEWHERE = "of another process"
"""What stands in place of a hash for users that the app has not made."""
BAD_USERS: tuple[dict[str, Any], ...] = (
    {"handle": "Asha"},
    {"name": ""},
    {"name": "a" * 81},
    {"email": "asha"},
    {"password": "short"},
    {"name": None},
)
BAD_POSTS: tuple[dict[str, Any], ...] = (
    {"published": "2026-02-30"},
    {"title": ""},
    {"slug": "A b"},
    {"author": None},
)
BAD_QUERIES: tuple[dict[str, Any], ...] = (
    {"sort": "hashed_password"},
    {"sort": "handle desc"},
    {"sort": "name, email"},
    {"sort": "__class__"},
    {"sort": ""},
    {"limit": 0},
    {"limit": -1},
    {"limit": 101},
    {"limit": "many"},
    {"offset": -1},
    {"offset": 10_001},
    {"offset": 10**30},
)
PAGES: tuple[dict[str, Any], ...] = (
    {},
    {"sort": "name"},
    {"sort": "email", "limit": 100},
    {"sort": "handle", "limit": 1},
    {"sort": "name", "limit": 5, "offset": 3},
    {"sort": "name", "limit": 100, "offset": 21},
    {"offset": 10_000, "limit": 1},
)


def sign_up(draw: Draw, **fields: Any) -> Request:
    """Send a user; a handle or an email that stands in `fields` may be taken."""
    word = draw.word()
    body = {"handle": word, "name": draw.deal(NAMES), "email": f"{word}@example.com"}
    return request("POST", "/users", body=body | {"password": " pass word "} | fields)


def publish(draw: Draw, author: str, **fields: Any) -> Request:
    """Send a post."""
    body = {"slug": draw.word(), "author": author, "title": draw.deal(NAMES)}
    return request("POST", "/posts", body=body | {"published": draw.deal(DAYS)} | fields)


def read(handle: str) -> Request:
    """Ask for a user."""
    return request("GET", "/users/{}", handle)


def leave(handle: str) -> Request:
    """Have a user deleted."""
    return request("DELETE", "/users/{}", handle)


def look(draw: Draw) -> Request:
    """Ask for a page."""
    return request("GET", "/users", query=draw.deal(PAGES))


def live(draw: Draw) -> list[Step]:
    """Let users come, write and go, some of whom are there already or not there."""
    steps: list[Step] = [sign_up(draw, handle=each) for each in HANDLES]
    steps += [sign_up(draw, email=draw.deal(EMAILS)) for _ in range(3)]
    writer, quiet = draw.deal(HANDLES), draw.deal(HANDLES)
    for slug in (draw.deal(SLUGS), draw.deal(SLUGS)):
        steps += [publish(draw, writer, slug=slug), publish(draw, writer, slug=slug)]
    steps += [publish(draw, f"no-{draw.word()}"), look(draw), read(writer), leave(writer)]
    return [*steps, leave(quiet), leave(quiet), read(quiet), sign_up(draw, handle=quiet)]


def come_from_elsewhere(draw: Draw) -> list[Step]:
    """Have another process write between requests."""
    rows = [
        {
            "handle": draw.word(),
            "name": name,
            "email": f"{draw.word()}@x",
            "hashed_password": ELSEWHERE,
        }
        for name in NAMES * 9
    ]
    handle, slug = rows[3]["handle"], draw.word()
    post = {"author": handle, "title": "Hello", "published": "2026-01-31"}
    posts = [post | {"slug": each} for each in (slug, *(draw.word() for _ in range(30)))]
    change = "UPDATE posts SET title = 'Hello again', published = '2027-01-31' WHERE slug = ?"
    free = "DELETE FROM posts WHERE slug = ?"
    return [
        Change("in the database: more users", lambda labs: labs.database.insert("users", rows)),
        request("GET", "/users", query={"sort": "name", "limit": 100}),
        *(look(draw) for _ in range(4)),
        Change("in the database: more posts", lambda labs: labs.database.insert("posts", posts)),
        *(read(handle), publish(draw, handle), leave(handle)),
        Change("in the database: it changes", lambda labs: labs.database.execute(change, (slug,))),
        *(read(handle), publish(draw, handle, slug=slug)),
        Change("in the database: it is gone", lambda labs: labs.database.execute(free, (slug,))),
        *(read(handle), publish(draw, handle, slug=slug), read(handle)),
    ]


def miss(draw: Draw) -> list[Step]:
    """Ask for what is not there, and in ways that do not fit."""
    steps: list[Step] = [sign_up(draw, handle="asha"), *(read(each) for each in MISSING)]
    steps += [leave(draw.deal(MISSING)), sign_up(draw, **draw.deal(BAD_USERS))]
    steps += [publish(draw, **{"author": "asha"} | draw.deal(BAD_POSTS))]
    return steps + [request("GET", "/users", query=draw.deal(BAD_QUERIES)) for _ in range(6)]


def crowd(draw: Draw) -> list[Step]:
    """Have several clients ask at the same moment, none in the way of another."""
    new = draw.word()
    asked = [
        sign_up(draw),
        sign_up(draw),
        sign_up(draw, email=f"{new}@x"),
        read(draw.deal(MISSING)),
    ]
    return [Together([*asked, request("GET", "/users", query=draw.deal(BAD_QUERIES))]), look(draw)]


def watch(labs: Labs, answer: httpx.Response) -> dict[str, Any]:
    """Tell what is in the database after an answer, and how many connections it took."""
    mine = "SELECT handle, name, email FROM users WHERE hashed_password <> ? ORDER BY handle"
    hidden = "SELECT COUNT(*) AS number FROM users WHERE hashed_password LIKE 'scrypt$%'"
    taken, most = 0, 0
    exchange = exchange_of(answer)
    for log in labs.host.evidence.logs_of("sqlalchemy.pool", exchange.number, exchange.began):
        taken += log.message.endswith("checked out from pool")
        taken -= log.message.endswith("being returned to pool")
        most = max(most, taken)
    return {
        "users": labs.database.rows(mine, (ELSEWHERE,)),
        "posts": labs.database.rows("SELECT slug FROM posts ORDER BY slug"),
        "hashed passwords": labs.database.rows(hidden),
        "connections in use": count_checked_out(labs.host.evidence),
        "more than one connection": most > 1,
    }


def inspect(labs: Labs) -> dict[str, Any]:
    """Tell all that is in the database at the end."""
    posts = "SELECT slug, author, title, CAST(published AS TEXT) AS published FROM posts"
    return {
        "users": labs.database.rows("SELECT handle, name, email FROM users ORDER BY handle"),
        "posts": labs.database.rows(f"{posts} ORDER BY slug"),
    }


def tell_no_hash(_: Any, seen: Any) -> bool:
    """Tell whether an answer holds nothing of a hash."""
    return "scrypt$" not in str(seen)


def tell_nothing_stored(expected: Any, seen: Any) -> bool:
    """Tell whether an answer does not even name the column."""
    return tell_no_hash(expected, seen) and "hashed_password" not in str(seen)


WORDS = "What a 404, a 409 or a 422 says is up to you"

traffic = Traffic(
    scenes=(live, come_from_elsewhere, miss, live, crowd),
    freedoms=(
        *(Freedom(WORDS, "body", tell_nothing_stored, each) for each in (404, 409)),
        Freedom("A 422 may repeat what the client has sent.", "body", tell_no_hash, 422),
        *(Freedom(WORDS, "headers.content-type", status=each) for each in (404, 409, 422)),
        Freedom("with 204 and no body", "headers.content-type", status=204),
    ),
    watch=watch,
    inspect=inspect,
    requests=78,  # so that each scene is there
)
