"""Grader of 29_rate_limit_dependency: the clock stands still until a criterion moves it.

Two instances are two hosts on one store. What is stored, the database tells.
"""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest

from dojo.grader import (
    Failure,
    Host,
    Hosts,
    Oracle,
    SeededInputs,
    criterion,
    expect,
    open_client,
    send_together,
)
from dojo.harness.database import Database
from dojo.harness.hosts import Clock
from dojo.harness.patience import OutOfPatience

LIMITS = {"asha": 3, "ben": 3, "carla": 5}
WINDOW = 3600
STRANGER = "Nobody knows this caller."
ROUTES = ("/rates", "/account")
OUTAGES = (
    ("ALTER TABLE entries RENAME TO lost", "ALTER TABLE lost RENAME TO entries"),
    (
        """
        CREATE TRIGGER no_insert BEFORE INSERT ON entries BEGIN SELECT RAISE(FAIL, 'full'); END;
        CREATE TRIGGER no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(FAIL, 'full'); END;
        """,
        "DROP TRIGGER no_insert; DROP TRIGGER no_update;",
    ),
)
"""How the store breaks, and how it is mended: it is gone, or it can be read alone."""
TABLE = "CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT, keep_until REAL)"


@pytest.fixture
async def clients(hosts: Hosts) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Give the clients of two instances on one store."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_client(await hosts.open())) for _ in range(2)]


async def ask(
    client: httpx.AsyncClient, user: str, path: str = "/rates", **headers: str
) -> httpx.Response:
    """Send a request of a user."""
    return await client.get(path, headers={"Authorization": f"Bearer {user}-token"} | headers)


async def expect_pass(
    client: httpx.AsyncClient, user: str, remaining: int | None = None, because: str = ""
) -> None:
    """Expect that a request passes, and how many more would."""
    answer = await ask(client, user)
    expect(answer).status(200, because)
    if remaining is not None:
        expect(answer).header("ratelimit-remaining", str(remaining), because)


async def expect_refusal(
    client: httpx.AsyncClient, user: str, wait: int | None = None, because: str = ""
) -> None:
    """Expect that a request is refused, and for how long."""
    answer = await ask(client, user)
    expect(answer).status(429, because)
    if wait is not None:
        expect(answer).header("retry-after", str(wait), because)
        expect(answer).header("ratelimit-remaining", "0", because)


@criterion(task=1)
async def test_limit_is_kept(client: httpx.AsyncClient, clock: Clock, inputs: SeededInputs) -> None:
    """So many requests of a user pass in an hour, on both routes together; then it is a 429."""
    for user, limit in LIMITS.items():
        for number in range(limit):
            path = ROUTES[number % 2]
            answer = await ask(client, user, path)
            expect(answer).status(200, f"It is request {number + 1} of {limit}.")
            if path == "/account":
                expect(answer).json({"name": user, "limit": limit})
            await clock.advance(inputs.randint(1, 60))
        for path in ROUTES:
            because = f"{limit} requests of '{user}' have passed in the last hour."
            expect(await ask(client, user, path)).status(429, because)


@criterion(task=1)
async def test_window_slides(client: httpx.AsyncClient, clock: Clock, inputs: SeededInputs) -> None:
    """Each request counts for exactly an hour, and one that was refused never counts."""
    await clock.advance(inputs.randint(0, WINDOW))
    ages = sorted(inputs.sample(range(2, WINDOW - 2), 3))
    start = clock.now
    for age in ages:  # requests of Asha at these seconds after the start
        await clock.advance(age - (clock.now - start).total_seconds())
        await expect_pass(client, "asha")
    for age in ages:
        for seconds in (WINDOW // 2, 1):  # who asks all the time is let in at the same second
            because = f"There are {seconds} seconds until the oldest of the three is an hour old."
            moment = age + WINDOW - seconds
            if moment > (clock.now - start).total_seconds():
                await clock.advance(moment - (clock.now - start).total_seconds())
                await expect_refusal(client, "asha", because=because)
        await clock.advance(1)
        await expect_pass(client, "asha", because="The oldest of the three is an hour old.")
        await expect_refusal(client, "asha", because="Three requests have passed again.")
    await clock.advance(9 * WINDOW)
    for _ in range(3):
        await expect_pass(client, "asha", because="Nothing has passed for nine hours.")
    await expect_refusal(client, "asha", because="Three have passed at this moment.")


@criterion(task=2)
async def test_headers_are_exact(
    client: httpx.AsyncClient, clock: Clock, inputs: SeededInputs
) -> None:
    """The headers say how many more requests would pass now, and in how many seconds one would."""
    await clock.advance(0.5)
    await expect_pass(client, "carla", 4, "It is the first of five.")
    await expect_pass(client, "carla", 3, "It is the second of five.")
    gap = inputs.randint(60, 900)
    await clock.advance(gap)
    for remaining in (2, 1, 0):
        await expect_pass(client, "carla", remaining)
    await expect_refusal(client, "carla", WINDOW - gap)
    await clock.advance(WINDOW - gap - 1)
    await expect_refusal(client, "carla", 1, "The first two are an hour old in a second.")
    await clock.advance(0.5)
    await expect_refusal(client, "carla", 1, "It is half a second, which is rounded up.")
    await clock.advance(0.5)
    await expect_pass(client, "carla", 1, "The first two do not count any more.")
    await expect_pass(client, "carla", 0, "The first two do not count any more.")
    await clock.advance(0.75)
    await expect_refusal(client, "carla", gap, "The next one is an hour old then.")


@criterion(task=3)
async def test_users_are_apart(client: httpx.AsyncClient) -> None:
    """Users have limits of their own wherever they are, and nobody pays for strangers."""
    forwarded = {"X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1"}
    for _ in range(8):
        for headers in ({}, {"Authorization": "Bearer nobody-token"}):
            answer = await client.get("/rates", headers=headers)
            expect(answer).status(401, STRANGER)
    for user in ("asha", "ben"):
        for number in range(3):
            answer = await ask(client, user, **(forwarded if number == 1 else {}))
            expect(answer).status(200, f"It is request {number + 1} of 3 of '{user}'.")
            expect(answer).header("ratelimit-remaining", str(2 - number))
    for headers in ({}, {"X-Forwarded-For": "10.9.9.9", "X-User-Id": "ben"}):
        answer = await ask(client, "asha", **headers)
        expect(answer).status(429, "Three requests of 'asha' have passed.")
    for _ in range(12):
        expect(await client.get("/health")).status(200, "This route has no limit.")


@criterion(task=3)
async def test_instances_count_together(
    hosts: Hosts,
    clients: list[httpx.AsyncClient],
    clock: Clock,
    database: Database,
    inputs: SeededInputs,
) -> None:
    """Two instances keep one limit, also for requests that come at the same moment."""
    database.execute_script(TABLE)  # it is there even if the app does not use the store
    one, two = clients
    for client, remaining in ((one, 2), (two, 1), (one, 0)):
        await expect_pass(client, "asha", remaining, "Two instances count together.")
        await clock.advance(inputs.randint(1, 60))
    for client in clients:
        await expect_refusal(client, "asha", because="Three requests have passed.")
        await expect_pass(client, "ben")
    await clock.advance(WINDOW)
    for client, remaining in ((two, 2), (two, 1), (one, 0)):
        await expect_pass(client, "asha", remaining, "The first three are an hour old.")
    await clock.advance(WINDOW)
    for user, limit in LIMITS.items():
        requests = (ask(one, user) for _ in range(limit + 3))
        answers = [await each for each in await send_together(hosts.opened[0], *requests)]
        others = [await ask(each, user) for each in clients]
        found = Counter(each.status_code for each in answers)
        expected = Counter({200: limit, 429: 3})
        if found != expected:
            raise expect(answers[0]).fails(
                f"{limit} answers 200 and 3 answers 429 to {limit + 3} requests at once",
                ", ".join(f"{number} answers {status}" for status, number in sorted(found.items())),
            )
        for each in others:
            expect(each).status(429, "The limit is used up on another instance.")
    await clock.advance(WINDOW)
    for user in LIMITS:
        await expect_rivals_share(hosts, clients, database, user)


async def expect_rivals_share(
    hosts: Hosts, clients: list[httpx.AsyncClient], database: Database, user: str
) -> None:
    """Expect that one passes of two requests that find one left, before one of them counts."""
    for _ in range(LIMITS[user] - 1):
        await expect_pass(clients[0], user)
    tasks = []
    with database.transaction("DELETE FROM entries WHERE key IS NULL"):
        for host, client in zip(hosts.opened, clients, strict=True):
            began = len(host.evidence)
            tasks += await send_together(host, ask(client, user))
            await wait_for_read(host, began)
    rivals = zip(hosts.opened, tasks, strict=True)
    answers = [await host.patience.wait(task) for host, task in rivals]
    found = sorted(each.status_code for each in answers)
    if found != [200, 429]:
        expected = "one 200 and one 429 to two requests at once, one on each instance"
        seen = f"the statuses {found[0]} and {found[1]}"
        raise expect(answers[0]).fails(expected, seen, f"'{user}' has one request left.")


async def wait_for_read(host: Host, began: int) -> None:
    """Wait until the app has read the store, or until it seems that it writes first."""

    def is_read() -> bool:
        return any(
            getattr(each, "logger", "") == "kata.store" for each in host.evidence.events[began:]
        )

    with contextlib.suppress(OutOfPatience):
        await host.patience.wait(host.evidence.until(is_read))


@criterion(task=4)
async def test_store_forgets_idle_users(
    client: httpx.AsyncClient, host: Host, clock: Clock, database: Database, inputs: SeededInputs
) -> None:
    """An hour after the last request that passed, nothing of a user is in the store."""
    database.execute_script(TABLE)  # it is there even if the app does not use the store
    await expect_pass(client, "carla")
    alone = len(database.rows("SELECT key FROM entries"))
    await clock.advance(WINDOW + inputs.randint(0, 900))
    for user in ("asha", "ben", "asha", "asha"):
        await expect_pass(client, user)
    await clock.advance(900)
    await expect_refusal(client, "asha")
    await clock.advance(WINDOW - 900)
    await expect_pass(client, "carla")  # whoever uses the store lets it drop what is over
    rows = database.rows("SELECT key, value FROM entries")
    if len(rows) != alone or not alone:
        expected = f"{alone or 1} entries in the store, as for one user alone"
        seen = ", ".join(str(row["key"]) for row in rows) or "none"
        because = "The other two have made no request for an hour that passed."
        raise Failure(expected, seen, list(host.history), because)
    for _ in range(3):
        await expect_pass(client, "asha", because="Nothing of 'asha' has passed for an hour.")
    await expect_refusal(client, "asha")


@criterion(task=4)
async def test_outage_lets_everybody_pass(
    client: httpx.AsyncClient, host: Host, database: Database
) -> None:
    """Without the store each request passes, and is told in the log; the limit counts later."""
    database.execute_script(TABLE)  # it is there even if the app does not use the store
    for remaining in (2, 1, 0):
        await expect_pass(client, "asha", remaining)
    await expect_refusal(client, "asha")
    await expect_pass(client, "ben", 2)
    for broken, mended in OUTAGES:
        database.execute_script(broken)
        for number, user in enumerate(("asha", "ben", "carla", "carla", "asha")):
            if user == "asha" and "TRIGGER" in broken:
                continue  # a store that can be read says that her limit is used up
            before = len(host.evidence.logs("app.limits"))
            answer = await ask(client, user, ROUTES[number % 2])
            expect(answer).status(200, "The store cannot be reached, so the request passes.")
            expect(answer).header("ratelimit-remaining", None, "Nobody knows the number.")
            levels = [each.level for each in host.evidence.logs("app.limits")[before:]]
            if levels != ["WARNING"]:
                expected = "one record of the level WARNING for the request, at `app.limits`"
                raise expect(answer).fails(expected, f"{len(levels)} records: {levels}")
        expect(await client.get("/health")).status(200)
        expect(await client.get("/rates")).status(401, STRANGER)
        database.execute_script(mended)
        because = "The store can be reached again; what passed meanwhile does not count."
        await expect_refusal(client, "asha", because=because)
    await expect_pass(client, "ben", 1, because)


@criterion(task=4)
async def test_any_request_keeps_limits(oracle: Oracle) -> None:
    """Whoever asks at whatever moment, the answer is the promised one."""
    await oracle.compare()
