"""Grader of 20_async_gotchas: the store gives way at fixed points, and an hour passes at a word.

Requests that come together reach the same points in the same turns of the event loop. A call that
takes an hour holds its caller for as long as the criterion wants; nobody waits in real time.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import httpx

from dojo.grader import (
    Failure,
    Host,
    Oracle,
    SeededInputs,
    Warned,
    criterion,
    exchange_of,
    expect,
    expect_answer,
    expect_events,
    logged,
    response_started,
    send_together,
)
from dojo.harness.patience import OutOfPatience

LAMPS, RUGS, ICE_CREAMS = 40, 8, 20
"""What the store begins with."""
MOST_AT_ONCE = 12
FEW_LAMPS = 20
"""Enough for a reservation that fails, or for another one beside it, but not for both."""
MOST_SHOWN = 20
MANY = MOST_SHOWN + 1
HOUR = 60 * 60
MOST_HOURS = 9
"""More calls of the store than a reservation needs, each of which takes an hour."""
FEW_LOOKS, MOST_LOOKS = 10, 200
"""How often it is asked whether a request has come so far; over a network it takes a few."""
UNKNOWN = {"detail": "Unknown customer."}
TIMES = {1: "once", 2: "twice"}
NOTIFIER = "kata.notifier"
EARLY = "an answer before that"

CUSTOMERS = ("asha", "ben", "carla", "emil")


def name(customer: str) -> dict[str, str]:
    """Give the header that says who is calling."""
    return {"X-Customer": customer}


async def reserve(
    client: httpx.AsyncClient, customer: str, product: str, quantity: int = 1
) -> httpx.Response:
    """Reserve items for a customer."""
    body = {"product": product, "quantity": quantity}
    return await client.post("/reservations", json=body, headers=name(customer))


async def list_recent(client: httpx.AsyncClient, customer: str) -> httpx.Response:
    """Ask for the recent reservations of a customer."""
    return await client.get("/recent", headers=name(customer))


async def expect_left(client: httpx.AsyncClient, product: str, left: int, because: str) -> None:
    """Expect that so many items of a product are left."""
    answer = await client.get(f"/products/{product}")
    expect(answer).status(200).json({"name": product, "left": left}, because)


async def send_all(
    host: Host, words: str, *requests: Awaitable[httpx.Response]
) -> list[httpx.Response]:
    """Send requests at the same moment, which the words describe; give their answers."""
    tasks = await send_together(host, *requests)
    host.history[:] = [f"# {words}"]
    try:
        return list(await host.patience.wait(asyncio.gather(*tasks)))
    except OutOfPatience:
        where = await host.where()
        answered = sum(not task.cancelled() and not task.exception() for task in tasks)
        seen = f"{answered} answers" + (f": {host.cause}" if host.cause else "")
        raise Failure(f"{len(tasks)} answers", seen, list(host.history), "", where) from None


async def hold(
    host: Host, request: Awaitable[httpx.Response], logger: str
) -> "asyncio.Task[httpx.Response]":
    """Send a request, and go on once the logger has reported something or it is answered."""
    before = len(host.evidence.logs(logger))
    (task,) = await send_together(host, request)
    for _ in range(MOST_LOOKS):
        await host.settle()
        if task.done() or len(host.evidence.logs(logger)) > before:
            break
    await host.settle()
    return task


async def pass_hours(host: Host, task: "asyncio.Task[httpx.Response]") -> httpx.Response:
    """Let hours pass until a request is answered; give the answer."""
    for _ in range(MOST_HOURS):
        if task.done():
            break
        await host.settle(seconds=HOUR)
        for _ in range(FEW_LOOKS):  # an answer that was sent by now is read meanwhile
            if not task.done():
                await host.settle()
    try:
        return await host.patience.wait(task)
    except OutOfPatience:
        expected, seen = "an answer when the hour is over", f"no answer after {MOST_HOURS} hours"
        raise Failure(expected, seen, list(host.history), "", await host.where()) from None


@criterion(task=1)
async def test_no_item_is_sold_twice(client: httpx.AsyncClient, host: Host) -> None:
    """Of 41 lamps that are wanted at the same moment, the 40 that are there are reserved."""
    singles = [reserve(client, CUSTOMERS[each % 4], "lamp") for each in range(LAMPS + 1)]
    words = f"{LAMPS + 1} reservations of a lamp at the same moment; there are {LAMPS} lamps"
    answers = await send_all(host, words, *singles)
    expect_codes(host, answers, {201: LAMPS, 409: 1})
    made = [answer for answer in answers if answer.status_code == 201]
    left = {str(expect(answer).read_json("left")) for answer in made}
    if left != set(map(str, range(LAMPS))):
        expected = f"each 'left' from 0 to {LAMPS - 1} in one of the {LAMPS} answers"
        seen = f"{len(left)} different values"
        raise Failure(expected, seen, list(host.history), "Each of them leaves one lamp less.")
    await expect_left(client, "lamp", 0, "All of them are reserved.")
    begin(host, "all lamps are reserved")
    late = await expect_answer(host, reserve(client, "benita", "lamp"), "when all are reserved")
    expect(late).status(409)
    await expect_left(client, "lamp", 0, "The last reservation was refused.")

    singles = [reserve(client, CUSTOMERS[each % 4], "rug") for each in range(RUGS)]
    words = f"{RUGS} reservations of a rug at the same moment as one of {RUGS + 1}"
    answers = await send_all(host, words, reserve(client, "benita", "rug", RUGS + 1), *singles)
    expect_codes(host, answers, {201: RUGS, 409: 1})
    await expect_left(client, "rug", 0, "All of them are reserved.")
    await expect_latecomer_counts(client, host)


async def expect_latecomer_counts(client: httpx.AsyncClient, host: Host) -> None:
    """Expect that one is counted who comes when the first is done and the second is under way."""
    begin(host, "Asha and Ben reserve ice-cream; when Asha has her answer, Carla does it, too")
    first = await hold(host, reserve(client, "asha", "ice-cream"), "kata.store")
    second = await hold(host, reserve(client, "ben", "ice-cream"), "kata.store")
    answers = [await pass_hours(host, first)]
    third = await hold(host, reserve(client, "carla", "ice-cream"), "kata.store")
    answers += [await pass_hours(host, task) for task in (second, third)]
    left = sorted(str(expect(answer).status(201).read_json("left")) for answer in answers)
    wanted = [str(ICE_CREAMS - each) for each in (3, 2, 1)]
    if left != wanted:
        seen = f"these: {', '.join(left)}"
        raise Failure(f"'left' in the answers: {', '.join(wanted)}", seen, list(host.history))


def begin(host: Host, words: str) -> None:
    """Begin a part of a criterion, which a failure tells of alone."""
    host.history[:] = [f"# {words}"]


def expect_codes(host: Host, answers: list[httpx.Response], wanted: dict[int, int]) -> None:
    """Expect that so many answers have these statuses."""
    found = Counter(answer.status_code for answer in answers)
    if found != wanted:
        expected, seen = (
            " and ".join(f"{TIMES.get(n, f'{n} times')} {code}" for code, n in sorted(each.items()))
            for each in (wanted, found)
        )
        raise Failure(expected, seen, list(host.history))


@criterion(task=2)
async def test_slow_product_holds_up_itself(client: httpx.AsyncClient, host: Host) -> None:
    """While one reservation waits for the cold store, and one for a fax, others are answered."""
    because = "A reservation holds up reservations of the same product, and nothing else."
    slow = await hold(host, reserve(client, "asha", "ice-cream"), "kata.store")
    if slow.done():
        raise expect(slow.result()).fails("no answer before the cold store is open", EARLY)
    moment = "while a reservation of ice-cream waits for the cold store"
    for customer, product, status in (
        ("asha", "kettle", 201),
        ("ben", "lamp", 201),
        ("ben", "rug", 201),
        ("ben", "chair", 409),
    ):
        await expect_answer(host, list_recent(client, customer), moment, because)
        request = reserve(client, customer, product)
        expect(await expect_answer(host, request, moment, because)).status(status)

    fax = await hold(host, reserve(client, "dora", "rug"), NOTIFIER)
    moment = "while the fax about a reservation of a rug is sent"
    for product in ("lamp", "kettle"):
        request = reserve(client, "carla", product)
        expect(await expect_answer(host, request, moment, because)).status(201)
    for request in (list_recent(client, "dora"), client.get("/products/rug")):
        await expect_answer(host, request, moment, because)
    expect(await pass_hours(host, fax)).status(201)
    taken = await pass_hours(host, slow)
    expect(taken).status(201).json_at("left", equals=ICE_CREAMS - 1)


@criterion(task=2)
async def test_failed_reservation_changes_nothing(client: httpx.AsyncClient, host: Host) -> None:
    """A reservation that fails or is refused takes nothing, sends nothing and blocks nothing."""
    nothing = "A reservation that fails changes nothing."
    failed = await reserve(client, "asha", "lamp", MOST_AT_ONCE + 1)
    expect(failed).status(500, "The store raises an error, and that stays a 500.")
    if host.evidence.logs(NOTIFIER):
        raise expect(failed).fails("that no message is sent", "one is sent", nothing)
    await expect_left(client, "lamp", LAMPS, nothing)
    expect(await list_recent(client, "asha")).status(200).json([], nothing)

    left = LAMPS
    for refused, status in ((MOST_AT_ONCE + 1, 500), (LAMPS + 1, 409), (MOST_AT_ONCE + 1, 500)):
        words = f"one of {refused} lamps and one of 4 at the same moment; there are {left}"
        requests = [reserve(client, "asha", "lamp", refused), reserve(client, "ben", "lamp", 4)]
        bad, good = await send_all(host, words, *requests)
        left -= 4
        expect(bad).status(status)
        expect(good).status(201).json_at("left", equals=left)
    await expect_left(client, "lamp", left, nothing)

    expect(await reserve(client, "ben", "lamp", left - FEW_LAMPS)).status(201)
    words = f"one of {MOST_AT_ONCE + 1} lamps and one of 8; there are {FEW_LAMPS}"
    requests = [
        reserve(client, "asha", "lamp", MOST_AT_ONCE + 1),
        reserve(client, "ben", "lamp", 8),
    ]
    _, good = await send_all(host, f"{words} at the same moment", *requests)
    expect(good).status(201, "The other reservation takes nothing.")
    await expect_left(client, "lamp", FEW_LAMPS - 8, nothing)


@criterion(task=3)
async def test_recent_list_is_own(client: httpx.AsyncClient, host: Host) -> None:
    """A customer sees their own last 20 reservations, the newest first."""
    made: dict[str, list[Any]] = {"ben": [], "asha": [], "benita": []}
    for number in range(MOST_SHOWN + 3):
        for customer in {0: ("ben", "asha"), 11: ("benita", "asha", "ben")}.get(number, ("asha",)):
            taken = await reserve(client, customer, "kettle")
            made[customer].insert(0, expect(taken).status(201).read_json())
    expect(await reserve(client, "ben", "chair")).status(409)
    begin(host, f"Asha has reserved {MOST_SHOWN + 3} times, Ben twice and Benita once")
    for _ in range(2):
        for customer, reservations in made.items():
            listed = await list_recent(client, customer)
            expect(listed).status(200).json(reservations[:MOST_SHOWN])
            begin(host, f"the same, and {customer} was shown their list")


@criterion(task=4)
async def test_unknown_customers_are_refused(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """A customer whom nobody knows gets 401, takes nothing and gets no message."""
    expect(await reserve(client, "asha", "rug")).status(201)
    for customer in ("mallory", inputs.word()):
        begin(host, "Asha has reserved a rug")
        refused = await reserve(client, customer, "rug")
        expect(refused).status(401).json(UNKNOWN)
        expect(await list_recent(client, customer)).status(401).json(UNKNOWN)
        await expect_left(client, "rug", RUGS - 1, "Others are refused.")
        if host.evidence.logs(NOTIFIER, customer=customer):
            raise expect(refused).fails("that no message is sent", "one is sent")


@criterion(task=4)
async def test_answer_follows_its_message(client: httpx.AsyncClient, host: Host) -> None:
    """Each reservation sends one message, is answered after it, and contains its number."""
    for customer, number, quantity in (("asha", 1, 2), ("asha", 2, 1), ("ben", 1, 3)):
        about = {"customer": customer, "product": "kettle", "quantity": quantity, "number": number}
        answer = await reserve(client, customer, "kettle", quantity)
        expect(answer).status(201).json_at("confirmation", equals=f"{customer}-{number}")
        sent = logged(NOTIFIER, "sent", f"message {number} to {customer} is sent", **about)
        started = response_started(exchange_of(answer), "the answer starts")
        because = "The answer comes after its message."
        expect_events(host).count(sent, 1, because).order(sent, started, because=because)

    wanted = [f"asha-{number}" for number in range(3, 3 + MANY)]
    requests = [reserve(client, "asha", "kettle") for _ in wanted]
    answers = await send_all(host, f"Asha makes {MANY} reservations at the same moment", *requests)
    found = {str(expect(each).status(201).read_json("confirmation")) for each in answers}
    if found != set(wanted):
        expected = f"the confirmations from {wanted[0]} to {wanted[-1]}, in any order"
        missing = [each for each in wanted if each not in found]
        seen = f"{len(found)} different confirmations, and {missing[0]} is missing"
        raise Failure(expected, seen, list(host.history))

    fax = await hold(host, reserve(client, "dora", "kettle"), NOTIFIER)
    if fax.done():
        raise expect(fax.result()).fails("no answer before the fax is sent", EARLY)
    answer = await pass_hours(host, fax)
    expect(answer).status(201).json_at("confirmation", equals="dora-1")


@criterion(task=4)
async def test_every_coroutine_is_awaited(client: httpx.AsyncClient, host: Host) -> None:
    """No request causes a warning that a coroutine was never awaited, not even a refused one."""
    made = await reserve(client, "asha", "lamp")
    await expect_no_warning(host)
    expect(made).status(201).json_at("left", equals=LAMPS - 1)
    bad = LAMPS + 1, 0, MOST_AT_ONCE + 1
    wanted = [("chair", 1), ("table", 1), *(("lamp", number) for number in bad)]
    for customer in ("asha", "mallory"):
        for product, quantity in wanted:
            host.history.clear()
            await reserve(client, customer, product, quantity)
            await expect_no_warning(host)
        host.history.clear()
        await list_recent(client, customer)
        await expect_no_warning(host)


async def expect_no_warning(host: Host) -> None:
    """Expect that no coroutine was thrown away; those that nobody holds any more are collected."""
    await host.settle()
    await host.count_objects()
    for event in host.evidence.of(Warned):
        if "was never awaited" in event.message:
            seen = f"{event.category}: {event.message.splitlines()[0]}"
            raise expect_events(host).fails("no such warning", seen)


@criterion(task=4)
async def test_any_traffic_is_counted(oracle: Oracle) -> None:
    """Whatever is reserved by whom, one after the other or at once, all numbers are right."""
    await oracle.compare()
