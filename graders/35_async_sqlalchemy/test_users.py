"""Grader of 35_async_sqlalchemy: what requests see of each other, of the database and of the pool.

Rows that the app has not made come from another process: over a connection of the grader's own.
"""

import asyncio
import contextlib
import re
from typing import Any

import httpx

from dojo.grader import (
    Failure,
    Host,
    Hosts,
    Oracle,
    SeededInputs,
    Sent,
    count_checked_out,
    criterion,
    exchange_of,
    expect,
    expect_answer,
    finish,
    open_client,
    send_together,
)
from dojo.harness.database import Database
from dojo.harness.patience import OutOfPatience

Row = dict[str, Any]
Call = tuple[str, str, Any]

MANY = 100
"""More than the threads that an app has for its routes."""
POOL = "sqlalchemy.pool"
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|BEGIN (IMMEDIATE|EXCLUSIVE))", re.IGNORECASE)
ADD_USER = (
    "INSERT INTO users (handle, name, email, hashed_password)"
    " VALUES (:handle, :name, :email, :hashed_password)"
)
ADD_POST = (
    "INSERT INTO posts (slug, author, title, published) VALUES (:slug, :author, :title, :published)"
)
SHOWN = ("handle", "name", "email")


def draw_user(inputs: SeededInputs, **fields: str) -> Row:
    """Draw the row of a user."""
    handle = inputs.word()
    email, stored = f"{handle}@example.com", f"scrypt${inputs.word()}"
    user = {"handle": handle, "name": inputs.name(), "email": email, "hashed_password": stored}
    return user | fields


def draw_post(inputs: SeededInputs, author: str, **fields: str) -> Row:
    """Draw the row of a post."""
    published = f"20{inputs.randint(10, 29)}-0{inputs.randint(1, 9)}-{inputs.randint(10, 28)}"
    post = {"slug": inputs.word(), "author": author, "title": inputs.name()}
    return post | {"published": published} | fields


def show(user: Row) -> Row:
    """Give a user as everybody may see them."""
    return {key: user[key] for key in SHOWN}


def sign_up(user: Row) -> Call:
    """Give the call that makes a user."""
    return "POST", "/users", show(user) | {"password": f"secret of {user['handle']}"}


async def ask(client: httpx.AsyncClient, call: Call) -> httpx.Response:
    """Send a request and wait until the app is done with it."""
    method, path, body = call
    return await finish(await client.request(method, path, json=body))


def read_rows(database: Database) -> dict[str, list[Row]]:
    """Give all rows as another process sees them."""
    posts = "SELECT slug, author, title, CAST(published AS TEXT) AS published FROM posts"
    return {
        "users": database.rows("SELECT handle, name, email FROM users ORDER BY handle"),
        "posts": database.rows(f"{posts} ORDER BY slug"),
    }


async def refuse(
    client: httpx.AsyncClient, database: Database, call: Call, status: int, because: str
) -> None:
    """Expect that a request is refused with this status, and changes nothing."""
    before = read_rows(database)
    answer = await ask(client, call)
    expect(answer).status(status, because)
    expect_rows(answer, database, before)


def expect_rows(answer: httpx.Response, database: Database, wanted: dict[str, list[Row]]) -> None:
    """Expect these rows in the database after an answer."""
    for table, rows in wanted.items():
        if (seen := read_rows(database)[table]) != rows:
            expected = f"the rows of `{table}` to be {rows}"
            raise expect(answer).fails(expected, f"{answer.status_code}, and the rows are {seen}")


async def wait_for_write(host: Host, began: int) -> None:
    """Wait until the app writes, for which it needs a lock, or has answered."""

    def is_there() -> bool:
        events = host.evidence.events[began:]
        messages = [getattr(event, "message", "") for event in events]
        return any(isinstance(event, Sent) for event in events) or any(map(WRITES.match, messages))

    with contextlib.suppress(OutOfPatience):  # it may need the lock before it says so
        await host.patience.wait(host.evidence.until(is_there))


@criterion(task=1, points=2)
async def test_waiting_requests_block_nobody(
    client: httpx.AsyncClient, host: Host, database: Database, inputs: SeededInputs
) -> None:
    """While a hundred requests wait for the database, `GET /health` answers."""
    calls = [sign_up(draw_user(inputs)) for _ in range(MANY)]
    host.history.append("# another process writes, so whoever else writes has to wait")
    with database.transaction(ADD_USER, draw_user(inputs)):
        waiting = await send_together(host, *(ask(client, call) for call in calls))
        moment = f"while {MANY} requests wait for the database"
        because = "It asks the database for nothing, and needs no more than a thread."
        answer = await expect_answer(host, client.get("/health"), moment, because)
    expect(answer).status(200).json({"status": "ok"})
    for task in waiting:
        task.cancel()


@criterion(task=1)
async def test_requests_share_no_session(
    client: httpx.AsyncClient, host: Host, database: Database, inputs: SeededInputs
) -> None:
    """Requests at the same moment do not disturb each other, and see what others have committed."""
    old, rival, new = (draw_user(inputs) for _ in range(3))
    database.insert("users", [old])
    path = f"/users/{old['handle']}"
    expect(await ask(client, ("GET", path, None))).status(200)
    began = len(host.evidence)
    host.history.append("# another process adds a user, and has not committed yet")
    with database.transaction(ADD_USER, rival):
        [task] = await send_together(host, ask(client, sign_up(new)))
        await wait_for_write(host, began)
        for each in ("/users", path):  # the first needs a new connection
            moment = "while another request waits for the database"
            answer = await expect_answer(host, ask(client, ("GET", each, None)), moment)
            expect(answer).status(200, "Another request waits, and this one need not.")
        host.history.append("# the other process commits")
    expect(await host.patience.wait(task)).status(201, "Others have asked meanwhile.")
    expect(await ask(client, ("GET", "/users", None))).status(200).json_at("total", equals=3)
    name = inputs.name()
    host.history.append(f"# another process renames {old['handle']}")
    database.execute("UPDATE users SET name = ? WHERE handle = ?", (name, old["handle"]))
    renamed = await ask(client, ("GET", path, None))
    because = "The change was committed before this request."
    expect(renamed).status(200).json_at("name", equals=name, because=because)


@criterion(task=1)
async def test_connections_are_given_back(hosts: Hosts, inputs: SeededInputs) -> None:
    """A request has one connection at most and none at its end; when the app stops, all close."""
    host, user = await hosts.open(), draw_user(inputs)
    post, path = draw_post(inputs, user["handle"]), f"/users/{user['handle']}"
    calls = [sign_up(user), sign_up(user), ("POST", "/posts", post), ("POST", "/posts", post)]
    calls += [("POST", "/posts", draw_post(inputs, inputs.word())), ("POST", "/posts", {})]
    calls += [("GET", path, None), ("GET", f"{path}x", None), ("GET", "/users", None)]
    calls += [("DELETE", path, None), ("DELETE", f"{path}x", None), ("GET", "/health", None)]
    async with open_client(host) as client:
        several = (ask(client, ("GET", f"{path}x", None)) for _ in range(4))
        await host.patience.wait(asyncio.gather(*await send_together(host, *several)))
        for call in calls:
            expect_few_connections(host, await ask(client, call))
        host.history.append("# the app stops")
        await host.stop()
    messages = [log.message for log in host.evidence.logs(POOL)]
    made = sum(each.startswith("Created new connection") for each in messages)
    closed = sum(each.startswith(("Closing conn", "Hard-closing conn")) for each in messages)
    if not made:
        expected = "connections of SQLAlchemy's pool, as its log tells of them"
        raise Failure(expected, "none at all", list(host.history))
    if closed < made:
        expected = "that the app closes each connection before it has stopped"
        raise Failure(expected, f"{made} made and {closed} closed", list(host.history))
    async with open_client(await hosts.open()) as client:
        answer = await ask(client, ("GET", path, None))
        expect(answer).status(200, "The tables were there already, with rows in them.")


def expect_few_connections(host: Host, answer: httpx.Response) -> None:
    """Expect that a request had one connection at a time, and that nobody has one at its end."""
    exchange, taken, most = exchange_of(answer), 0, 0
    for log in host.evidence.logs_of(POOL, exchange.number, exchange.began):
        taken += log.message.endswith("checked out from pool")
        taken -= log.message.endswith("being returned to pool")
        most = max(most, taken)
    if most > 1:
        because = "When all requests do so, each waits for the second one of another."
        expected = "that the request uses one connection at a time"
        raise expect(answer).fails(expected, f"{most} at the same moment", because)
    if number := count_checked_out(host.evidence, exchange):
        expected = "that no connection is in use when the app is done with the request"
        seen = f"{number} of them {'is' if number == 1 else 'are'}: nobody has closed the session"
        raise expect(answer).fails(expected, seen)


@criterion(task=2, points=2)
async def test_refusals_have_their_status(
    client: httpx.AsyncClient, database: Database, inputs: SeededInputs
) -> None:
    """What is taken is 409, an unknown author 422, an unknown user 404; the next request works."""
    writer, reader, new = (draw_user(inputs) for _ in range(3))
    database.insert("users", [writer, reader])
    post, nobody = draw_post(inputs, writer["handle"]), inputs.word()
    database.insert("posts", [post])
    taken = draw_post(inputs, reader["handle"], slug=post["slug"])
    orphan = draw_post(inputs, nobody)
    used: list[tuple[Call, int, str]] = [
        (sign_up(new | {"handle": writer["handle"]}), 409, "The handle is taken."),
        (sign_up(new | {"email": reader["email"]}), 409, "The email is taken."),
        (("POST", "/posts", taken), 409, "The slug is taken."),
        (("POST", "/posts", orphan), 422, "There is no such author."),
        (("DELETE", f"/users/{writer['handle']}", None), 409, "This user has a post."),
        (("GET", f"/users/{nobody}", None), 404, "There is no such user."),
        (("DELETE", f"/users/{nobody}", None), 404, "There is no such user."),
    ]
    for call, status, because in used:
        await refuse(client, database, call, status, because)
    answers = [await ask(client, sign_up(new))]
    answers += [await ask(client, ("POST", "/posts", orphan | {"author": reader["handle"]}))]
    answers += [await ask(client, ("DELETE", f"/users/{new['handle']}", None))]
    for answer, status in zip(answers, (201, 201, 204), strict=True):
        expect(answer).status(status, "Nothing stands in the way of this one.")
    users = sorted(map(show, (writer, reader)), key=lambda user: str(user["handle"]))
    posts = [post, orphan | {"author": reader["handle"]}]
    posts.sort(key=lambda each: str(each["slug"]))
    expect_rows(answers[-1], database, {"users": users, "posts": posts})


@criterion(task=2)
async def test_rivals_are_refused_too(
    client: httpx.AsyncClient, host: Host, database: Database, inputs: SeededInputs
) -> None:
    """A request is refused also if what stands in its way is committed while it is under way."""
    for at, status in (("handle", 409), ("email", 409), ("slug", 409), ("author", 422), ("", 409)):
        writer, rival, new = (draw_user(inputs) for _ in range(3))
        database.insert("users", [writer])
        post = draw_post(inputs, writer["handle"])
        call: Call = ("POST", "/posts", post)
        sql, parameters = ADD_POST, post
        if at in rival:
            sql, parameters, call = ADD_USER, rival, sign_up(new | {at: rival[at]})
        elif at == "author":
            sql, parameters = "DELETE FROM users WHERE handle = :handle", writer
        elif not at:
            call = ("DELETE", f"/users/{writer['handle']}", None)
        began = len(host.evidence)
        what = f"takes the {at}" if status == 409 else "removes the author"
        what = what if at else "adds a post of the user"
        host.history.append(f"# another process {what}, and has not committed yet")
        keys = re.findall(r":(\w+)", sql)
        with database.transaction(sql, {key: parameters[key] for key in keys}):
            [task] = await send_together(host, ask(client, call))
            await wait_for_write(host, began)
            host.history.append("# the other process commits")
        before = read_rows(database)
        answer = await host.patience.wait(task)
        expect(answer).status(status, "What stands in the way was not there yet at the beginning.")
        expect_rows(answer, database, before)


@criterion(task=3)
async def test_answers_show_no_more(
    client: httpx.AsyncClient, database: Database, inputs: SeededInputs
) -> None:
    """Answers have the shapes of `schemas`, with posts by slug, and hold no `hashed_password`."""
    user, other = draw_user(inputs), draw_user(inputs)
    database.insert("users", [other])
    path, posts = f"/users/{user['handle']}", [draw_post(inputs, user["handle"]) for _ in range(4)]
    database.insert("posts", [draw_post(inputs, other["handle"])])
    answers = [await ask(client, sign_up(user))]
    expect(answers[0]).status(201).json(show(user))
    for post in posts:
        expect(await ask(client, ("POST", "/posts", post))).status(201).json(post)
    shown = sorted(posts, key=lambda post: str(post["slug"]))
    answers += [await ask(client, ("GET", path, None)), await ask(client, ("GET", "/users", None))]
    expect(answers[1]).status(200).json(show(user) | {"posts": shown})
    empty = draw_user(inputs)
    answers += [await ask(client, sign_up(empty))]
    answers += [await ask(client, ("GET", f"/users/{empty['handle']}", None))]
    expect(answers[4]).status(200).json(show(empty) | {"posts": []})
    answers += [await ask(client, call) for call in (sign_up(user), ("POST", "/posts", posts[0]))]
    answers += [
        await ask(client, ("DELETE", path, None)),
        await ask(client, ("GET", "/users/x", None)),
    ]
    stored = database.rows("SELECT hashed_password FROM users")
    for answer in answers:
        for secret in ("hashed_password", *(str(row["hashed_password"]) for row in stored)):
            expect(answer).without(secret, "It is for nobody outside.")
    removed = await ask(client, ("DELETE", f"/users/{empty['handle']}", None))
    expect(removed).status(204).text("")


@criterion(task=4)
async def test_list_is_sorted_and_bounded(
    client: httpx.AsyncClient, database: Database, inputs: SeededInputs
) -> None:
    """Users stand in the order of `sort`, then of handles; `limit` and `offset` are bounded."""
    name = inputs.name()
    named = [draw_user(inputs, name=name) for _ in range(8)]
    users = [draw_user(inputs) for _ in range(15)] + named
    users = [user | {"email": f"{inputs.word()}@example.com"} for user in users]
    database.insert("users", inputs.sample(users, len(users)))
    for query, limit, offset in (("", 20, 0), ("limit=100", 100, 0), ("limit=3&offset=4", 3, 4)):
        for sort in ("handle", "name", "email"):
            key = f"sort={sort}&" if sort != "handle" or inputs.random() < 0.5 else ""
            answer = await ask(client, ("GET", f"/users?{key}{query}", None))
            rows = sorted(map(show, users), key=lambda row: (str(row[sort]), str(row["handle"])))
            page = {"total": len(users), "users": rows[offset : offset + limit]}
            expect(answer).status(200).json(page)
    sorts = ("hashed_password", "posts", "handle DESC", "(SELECT 1)", "", "Name", "1", "metadata")
    bad = [("sort", each) for each in sorts]
    bad += [("limit", "0"), ("limit", "101"), ("offset", "-1"), ("offset", "10001")]
    for each, value in bad:
        query = str(httpx.QueryParams({each: value}))
        answer = await ask(client, ("GET", f"/users?{query}", None))
        expect(answer).status(422, f"`{each}` is none that the statement names.")


@criterion(task=4)
async def test_any_request_keeps_promises(oracle: Oracle) -> None:
    """Whoever asks for whatever, in whatever order, the answer is the promised one."""
    await oracle.compare()
