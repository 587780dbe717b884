"""Grader of 42_cache_stampede: the catalogue holds its loads, so what meets there is a fact.

Each answer of the catalogue has the number of its load in it, so a value says where it is from.
What begins and ends, the given file reports; the clock stands still until a criterion moves it.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

import httpx
import pytest

from dojo.grader import (
    Exchange,
    Failure,
    Host,
    Oracle,
    SeededInputs,
    call_ended,
    criterion,
    expect,
    expect_answer,
    send_together,
    start_request,
)
from dojo.grader.rendezvous import SECONDS
from dojo.harness.barriers import Barrier
from dojo.harness.hosts import Clock
from dojo.harness.patience import OutOfPatience
from dojo.harness.upstream import Received, Upstream
from dojo.harness.upstream_protocol import Reply

FRESH, GRACE, MOST = 60, 30, 10
ANSWERS_AGAIN = "The catalogue answers again."
LOGGER = "kata.catalogue"
KINDS = ("products", "stock")
FAULTS = (Reply.json({}, 500), Reply.hang_up(), Reply.json({"unknown": 1}), Reply.text("<html>"))
FAILURE = {"detail": "The catalogue does not answer."}
MISSING = Reply.json({}, 404)
ZERO = Reply.json({"pieces": 0})
VALUES = (("products", None), ("stock", None), ("products", MISSING), ("stock", ZERO))
ROUNDS = 12
MANY = 36
UNREAD = "was never retrieved"
UNDER_WAY = "while the load is under way"
DONE = "when the load has ended"

Key = tuple[str, str]
"""What is asked for, and its code."""


class Catalogue:
    """The catalogue: how often it was asked for a key, what it says, and where it holds loads."""

    def __init__(self, upstream: Upstream, word: str) -> None:
        self.replies: dict[Key, Reply] = {}
        self.barriers: dict[Key, Barrier] = {}
        self._loads: Counter[Key] = Counter()
        self._word = word
        for kind in KINDS:
            upstream.on("GET", f"/{kind}/{{code}}", self._script(kind))

    def hold(self, *keys: Key) -> Barrier:
        """Hold all loads of these keys from now on."""
        barrier = Barrier()
        self.barriers |= dict.fromkeys(keys, barrier)
        return barrier

    def _script(self, kind: str) -> Any:
        async def answer(received: Received) -> Reply:
            key = kind, received.path_parameters["code"]
            self._loads[key] += 1
            reply = self.replies.get(key) or Reply.json(self.tell(key, self._loads[key]))
            if key in self.barriers:
                await self.barriers[key].enter()
            return reply

        return answer

    def tell(self, key: Key, load: int) -> dict[str, Any]:
        """Give what the catalogue says to a load of a key, by the number of this load."""
        if key[0] == "stock":
            return {"pieces": load}
        return {"name": f"{self._word} {key[1]} {load}", "price": "4.50"}

    def expect_value(self, answer: httpx.Response, key: Key, load: int, because: str = "") -> None:
        """Expect the value that a load of this key gave."""
        if self.replies.get(key) is MISSING:
            missing = {"detail": "There is no such product."}
            expect(answer).status(404, because).json(missing, because)
            return
        if self.replies.get(key) is ZERO:
            expect(answer).status(200, because).json({"code": key[1], "pieces": 0}, because)
            return
        expect(answer).status(200, because).json({"code": key[1]} | self.tell(key, load), because)


@pytest.fixture
def catalogue(upstream: Upstream, inputs: SeededInputs) -> Catalogue:
    """Give a catalogue that answers at once."""
    return Catalogue(upstream, inputs.word())


def ask(client: httpx.AsyncClient, key: Key) -> Any:
    """Ask for a product, or for how many of it are there."""
    return client.get(f"/{key[0]}/{key[1]}")


def count(host: Host, message: str, key: Key) -> int:
    """Count what the given file has reported of the loads of a key."""
    return len(host.evidence.logs(LOGGER, message, what=key[0], code=key[1]))


def name(key: Key) -> str:
    """Give the words for a key."""
    return f"'{key[1]}' of the {key[0]}"


async def expect_loads(host: Host, key: Key, number: int, because: str) -> None:
    """Expect that so many loads of a key have begun, by now or soon."""
    with suppress(OutOfPatience):
        begun = host.evidence.until(lambda: count(host, "begins", key) >= number)
        await host.patience.wait(begun, SECONDS)
    await host.settle()
    if (seen := count(host, "begins", key)) != number:
        expected = f"{number} load{'s' * (number != 1)} of {name(key)} so far"
        raise Failure(expected, f"{seen or 'none'}", list(host.history), because)


async def end_loads(host: Host) -> None:
    """Wait until no load is under way."""

    def are_ended() -> bool:
        reports = Counter(each.message for each in host.evidence.logs(LOGGER))
        return reports["begins"] == reports["ends"]

    await host.settle()
    with suppress(OutOfPatience):
        await host.patience.wait(host.evidence.until(are_ended), SECONDS)
    await host.settle()


async def pass_time(host: Host, clock: Clock, seconds: float) -> None:
    """Move the clock."""
    if seconds:
        host.history.append(f"# {seconds} seconds pass")
        await clock.advance(seconds)


async def expect_inside(host: Host, barrier: Barrier, number: int, because: str) -> None:
    """Expect that so many loads are under way at the same time."""
    try:
        await host.patience.wait(barrier.arrivals(number), SECONDS)
    except OutOfPatience:
        expected = f"{number} load{'s' * (number != 1)} under way"
        seen = f"{barrier.waiting or 'none'}, and no other one begins"
        raise Failure(expected, seen, list(host.history), because, await host.where()) from None


def expect_single(host: Host) -> None:
    """Expect that there was never more than one load of a key under way."""
    under_way: Counter[tuple[Any, Any]] = Counter()
    for each in host.evidence.logs(LOGGER):
        key = each.fields.get("what"), each.fields.get("code")
        under_way[key] += 1 if each.message == "begins" else -1
        if under_way[key] > 1:
            expected = "one load of a key under way at any time"
            seen = f"two of '{key[1]}' of the {key[0]}"
            raise Failure(expected, seen, list(host.history))


async def cancel(host: Host, exchange: Exchange) -> None:
    """Cancel the task of a request, which ends at once."""
    exchange.cancel()
    host.history.append(f"# the task of GET {exchange.scope['path']} is cancelled")
    try:
        ended = host.evidence.until(lambda: bool(host.evidence.find(call_ended(exchange))))
        await host.patience.wait(ended, SECONDS)
    except OutOfPatience:
        expected = "that a call that is cancelled ends at once"
        seen = "it goes on, and the load is still under way"
        raise Failure(expected, seen, list(host.history), "", await host.where()) from None
    await host.settle()


@criterion(task=1)
async def test_misses_share_one_load(
    client: httpx.AsyncClient, host: Host, catalogue: Catalogue, clock: Clock, inputs: SeededInputs
) -> None:
    """All who miss the same value wait for one load, at first and when the value is gone."""
    for kind in KINDS:
        key = kind, inputs.word()
        for load in (1, 2):
            barrier = catalogue.hold(key)
            asked = await send_together(host, *(ask(client, key) for _ in range(4)))
            await expect_inside(host, barrier, 1, "There is no value.")
            for _ in range(2):
                asked += await send_together(host, ask(client, key))
            await host.settle(seconds=900)  # a slow load is none that fails
            because = "All six calls came before the load had ended, so they wait for the same one."
            await expect_loads(host, key, load, because)
            barrier.open()
            for each in asked:
                catalogue.expect_value(await expect_answer(host, each, DONE), key, load)
            catalogue.expect_value(await ask(client, key), key, load, "The value is fresh.")
            await expect_loads(host, key, load, "The value is fresh.")
            await pass_time(host, clock, FRESH + GRACE)
        keys = [(kind, f"{inputs.word()}-{number}") for number in range(MOST + 2)]
        barrier = catalogue.hold(*keys)
        asked = await send_together(host, *(ask(client, key) for key in keys))
        await expect_inside(host, barrier, len(keys), f"{len(keys)} codes are asked for.")
        asked += await send_together(host, *(ask(client, key) for key in keys))
        for key in keys:
            await expect_loads(host, key, 1, "Its load is under way, as those of 11 others.")
        barrier.open()
        for key, each in zip(keys * 2, asked, strict=True):
            catalogue.expect_value(await expect_answer(host, each, DONE), key, 1)


@criterion(task=1)
async def test_keys_load_side_by_side(
    client: httpx.AsyncClient, host: Host, catalogue: Catalogue, inputs: SeededInputs
) -> None:
    """Loads of different keys and of different caches do not wait for each other, nor mix."""
    codes = [f"{inputs.word()}-{number}" for number in range(MOST + 2)]
    keys = [(kind, code) for code in codes for kind in KINDS]
    other = "stock", inputs.word()
    await ask(client, other)
    barrier = catalogue.hold(*keys)
    asked = await send_together(host, *(ask(client, key) for key in keys))
    because = f"{len(codes)} codes are asked for, each on both routes."
    await expect_inside(host, barrier, len(keys), because)
    for key in (other, ("products", other[1])):
        answer = await expect_answer(host, ask(client, key), "while loads of others are under way")
        catalogue.expect_value(answer, key, 1)
    barrier.open()
    for key, each in zip(keys, asked, strict=True):
        catalogue.expect_value(await expect_answer(host, each, DONE), key, 1)


@criterion(task=2)
async def test_failure_reaches_waiters(
    client: httpx.AsyncClient, host: Host, catalogue: Catalogue, clock: Clock, inputs: SeededInputs
) -> None:
    """All who wait for a load get its error, without another load, and the next call loads."""
    for kind in KINDS:
        for fault in FAULTS:
            key = kind, inputs.word()
            for before in (0, 4):  # without a value, and with one that is gone
                barrier, catalogue.replies[key] = catalogue.hold(key), fault
                asked = await send_together(host, *(ask(client, key) for _ in range(4)))
                await expect_inside(host, barrier, 1, "There is no value.")
                await host.settle()
                barrier.open()
                for each in asked:
                    answer = await expect_answer(host, each, "when the load has failed")
                    expect(answer).status(503, "The load has failed.").json(FAILURE)
                because = "All four calls wait for a load that fails."
                await expect_loads(host, key, before + 1, because)
                expect(await ask(client, key)).status(503, "The next load fails as well.")
                await expect_loads(host, key, before + 2, "An error is not kept.")
                del catalogue.replies[key]
                because = ANSWERS_AGAIN
                catalogue.expect_value(await ask(client, key), key, before + 3, because)
                catalogue.expect_value(await ask(client, key), key, before + 3, "It is fresh.")
                await pass_time(host, clock, FRESH + GRACE)
                catalogue.expect_value(await ask(client, key), key, before + 4, "It was gone.")
                await pass_time(host, clock, FRESH + GRACE)


@criterion(task=2)
async def test_cancelled_call_harms_nobody(
    client: httpx.AsyncClient, host: Host, catalogue: Catalogue, inputs: SeededInputs
) -> None:
    """A call that is cancelled ends at once, and all others get the value, or the error."""
    for fault in (None, FAULTS[0]):
        for gone in ((0,), (1,), (0, 1), (1, 0), (0, 1, 2)):
            key = inputs.choice(KINDS), inputs.word()
            barrier = catalogue.hold(key)
            reply = fault or Reply.json(catalogue.tell(key, 1))
            catalogue.replies[key] = reply
            url = f"/{key[0]}/{key[1]}"
            exchanges = [start_request(host, client.build_request("GET", url)) for _ in range(3)]
            await expect_inside(host, barrier, 1, "There is no value.")
            await host.settle()
            asked = await send_together(host, ask(client, key)) if len(gone) < 3 else []
            await host.settle()
            for index in gone:
                await cancel(host, exchanges[index])
            asked += await send_together(host, ask(client, key))
            await expect_inside(host, barrier, 1, "Some calls still wait.")
            await host.settle()
            barrier.open()
            for each in asked:
                because = "Only another call was cancelled."
                answer = await expect_answer(host, each, DONE, because)
                if fault is None:
                    catalogue.expect_value(answer, key, 1, because)
                else:
                    expect(answer).status(503, "The load has failed.").json(FAILURE)
            await end_loads(host)
            expect_single(host)
            if (begun := count(host, "begins", key)) > 1 + len(gone):
                expected = f"at most one more load for each of {len(gone)} cancelled calls"
                raise Failure(expected, f"{begun} loads in all", list(host.history))
            for index in {0, 1, 2} - set(gone):
                await exchanges[index].wait_until_ended()
    for kind in KINDS:
        key = kind, inputs.word()
        barrier = catalogue.hold(key)
        exchange = start_request(host, client.build_request("GET", f"/{kind}/{key[1]}"))
        await expect_inside(host, barrier, 1, "There is no value.")
        await cancel(host, exchange)
        goes_on = count(host, "ends", key) == 0
        barrier.open()
        await end_loads(host)
        because = "The load has gone on without the call, so its value is fresh."
        load = 1 if goes_on else 2
        catalogue.expect_value(await ask(client, key), key, load, because if goes_on else "")


@criterion(task=3)
async def test_fresh_value_needs_no_load(
    client: httpx.AsyncClient, host: Host, catalogue: Catalogue, clock: Clock, inputs: SeededInputs
) -> None:
    """Any value is fresh for 60 seconds from the end of its load, `None` and 0 as well."""
    for kind, reply in VALUES:
        key = kind, inputs.word()
        if reply is not None:
            catalogue.replies[key] = reply
        barrier = catalogue.hold(key)
        (asked,) = await send_together(host, ask(client, key))
        await expect_inside(host, barrier, 1, "There is no value.")
        await pass_time(host, clock, inputs.randint(20, 50))
        barrier.open()
        catalogue.expect_value(await expect_answer(host, asked, DONE), key, 1)
        early = inputs.randint(1, FRESH - 2)
        for seconds in (0, early, FRESH - 1 - early):
            await pass_time(host, clock, seconds)
            catalogue.expect_value(await ask(client, key), key, 1, "The value is fresh.")
        because = "The value is fresh until 60 seconds after the end of its load."
        await expect_loads(host, key, 1, because)
        await pass_time(host, clock, 1)
        catalogue.expect_value(await ask(client, key), key, 1, "The value is stale.")
        await expect_loads(host, key, 2, "The value is 60 seconds old, so it is stale.")
        await end_loads(host)
        catalogue.expect_value(await ask(client, key), key, 2, "It was loaded just now.")
        await pass_time(host, clock, FRESH + GRACE)
        catalogue.expect_value(await ask(client, key), key, 3, "The value was 90 seconds old.")
        await expect_loads(host, key, 3, "The value was gone.")


@criterion(task=3)
async def test_stale_value_comes_at_once(
    client: httpx.AsyncClient, host: Host, catalogue: Catalogue, clock: Clock, inputs: SeededInputs
) -> None:
    """In the 30 seconds of grace all get the stale value at once, and a load begins, or fails."""
    for kind, reply in VALUES:
        key = kind, inputs.word()
        if reply is not None:
            catalogue.replies[key] = reply
        catalogue.expect_value(await ask(client, key), key, 1)
        await pass_time(host, clock, inputs.randint(FRESH + 1, FRESH + 9))
        barrier, other = catalogue.hold(key), (kind, inputs.word())
        catalogue.expect_value(await ask(client, other), other, 1)
        for seconds in (0, 0, 10):
            await pass_time(host, clock, seconds)
            for each in await send_together(host, *(ask(client, key) for _ in range(2))):
                answer = await expect_answer(host, each, UNDER_WAY, "The value is stale.")
                catalogue.expect_value(answer, key, 1, "The value is stale.")
            await expect_loads(host, key, 2, "The value is stale, and one load is enough.")
        barrier.open()
        await end_loads(host)
        catalogue.expect_value(await ask(client, key), key, 2, "The load has given a new value.")
        await pass_time(host, clock, FRESH - 1)
        catalogue.expect_value(await ask(client, key), key, 2, "The new value is fresh.")
        await expect_loads(host, key, 2, "The new value is fresh.")
        await pass_time(host, clock, 1)
        barrier = catalogue.hold(key)
        answer = await expect_answer(host, ask(client, key), UNDER_WAY, "The value is stale.")
        catalogue.expect_value(answer, key, 2, "The value is stale.")
        await expect_inside(host, barrier, 1, "The value is stale.")
        await pass_time(host, clock, GRACE)
        asked = await send_together(host, *(ask(client, key) for _ in range(2)))
        await expect_loads(host, key, 3, "The value is gone, and its load is under way already.")
        barrier.open()
        for each in asked:
            because = "The value is gone. Who asks waits for the load that is under way."
            catalogue.expect_value(await expect_answer(host, each, DONE), key, 3, because)

    for kind in KINDS:  # loads that fail take nothing away
        key = kind, inputs.word()
        catalogue.expect_value(await ask(client, key), key, 1)
        await pass_time(host, clock, FRESH)
        for load, seconds in ((2, 0), (3, 14), (4, GRACE - 15)):
            await pass_time(host, clock, seconds)
            catalogue.replies[key] = inputs.choice(FAULTS)
            catalogue.expect_value(await ask(client, key), key, 1, "The value is stale.")
            await expect_loads(host, key, load, "The value is stale, and no load is under way.")
            await end_loads(host)
        await expect_no_error_logged(host)
        await pass_time(host, clock, 1)
        barrier = catalogue.hold(key)
        asked = await send_together(host, *(ask(client, key) for _ in range(2)))
        await expect_inside(host, barrier, 1, "The value is gone.")
        barrier.open()
        for each in asked:
            answer = await expect_answer(host, each, "when the load has failed")
            expect(answer).status(503, "The value is gone, and its load fails.").json(FAILURE)
        del catalogue.replies[key]
        catalogue.expect_value(await ask(client, key), key, 6, ANSWERS_AGAIN)
        await pass_time(host, clock, FRESH)
        barrier, catalogue.replies[key] = catalogue.hold(key), inputs.choice(FAULTS)
        answer = await expect_answer(host, ask(client, key), UNDER_WAY, "The value is stale.")
        catalogue.expect_value(answer, key, 6, "The value is stale.")
        await expect_inside(host, barrier, 1, "The value is stale.")
        await pass_time(host, clock, GRACE)
        asked = await send_together(host, *(ask(client, key) for _ in range(2)))
        await expect_loads(host, key, 7, "The value is gone, and its load is under way already.")
        barrier.open()
        for each in asked:
            answer = await expect_answer(host, each, "when the load has failed")
            because = "The value is gone, and the load that is waited for fails."
            expect(answer).status(503, because).json(FAILURE)
        await expect_loads(host, key, 7, "Who waits for a load that fails begins none.")
        del catalogue.replies[key]
        catalogue.expect_value(await ask(client, key), key, 8, ANSWERS_AGAIN)


async def expect_no_error_logged(host: Host) -> None:
    """Expect that asyncio has logged no error of a load that nobody waits for."""
    await host.count_objects()  # which first destroys what nobody can reach any more
    found = [each.message for each in host.evidence.logs("asyncio") if UNREAD in each.message]
    if found:
        expected = "nothing logged of an error that nobody waits for"
        because = "The value is stale, so no call waits for the load that has failed."
        raise Failure(expected, found[0], list(host.history), because)


@criterion(task=4)
async def test_ten_values_are_kept(
    client: httpx.AsyncClient, host: Host, catalogue: Catalogue, clock: Clock, inputs: SeededInputs
) -> None:
    """A cache keeps the ten values whose loads ended last, and nothing of any other key."""
    for kind, other in (KINDS, KINDS[::-1]):
        late, *early = [(kind, f"{inputs.word()}-{number}") for number in range(MOST)]
        newer = [(kind, f"{inputs.word()}-{number}") for number in range(MOST, MOST + 2)]
        barrier = catalogue.hold(late)
        (asked,) = await send_together(host, ask(client, late))
        await expect_inside(host, barrier, 1, "There is no value.")
        for key in early:
            answer = await expect_answer(host, ask(client, key), "while another load is under way")
            catalogue.expect_value(answer, key, 1)
            await pass_time(host, clock, 1)
        barrier.open()
        catalogue.expect_value(await expect_answer(host, asked, DONE), late, 1)
        for number in range(MOST):
            failing = kind, f"{inputs.word()}-{number}"
            catalogue.replies[failing] = inputs.choice(FAULTS)
            expect(await ask(client, failing)).status(503, "The load fails.")
            elsewhere = other, failing[1]
            catalogue.expect_value(await ask(client, elsewhere), elsewhere, 1)
        for key in (late, *reversed(early)):
            catalogue.expect_value(await ask(client, key), key, 1, "There are ten values.")
        await pass_time(host, clock, FRESH + 1 - len(early))
        first, second, third, fourth, *others = early
        for key in (second, first):  # the two that are stale
            catalogue.expect_value(await ask(client, key), key, 1, "It is stale, one of ten.")
            await expect_loads(host, key, 2, "The value is stale.")
            await end_loads(host)
            await pass_time(host, clock, 0.125)
        for key in newer:
            catalogue.expect_value(await ask(client, key), key, 1)
        because = "It is one of the ten values whose loads ended last."
        for key in (late, first, second, *others, *newer):
            load = 2 if key in (first, second) else 1
            catalogue.expect_value(await ask(client, key), key, load, because)
        because = "The loads of ten other values ended later, so the value was dropped."
        for key in (third, fourth):
            catalogue.expect_value(await ask(client, key), key, 2, because)
        await pass_time(host, clock, FRESH + GRACE)
        await expect_dropped_under_way(client, host, catalogue, clock, (kind, inputs.word()))
    counts, blocks = [await host.count_objects()], [await host.count_blocks()]
    for _ in range(4):
        for number in range(ROUNDS):
            await visit(client, host, catalogue, f"{inputs.word()}-{number}")
        await end_loads(host)
        counts.append(await host.count_objects())
    for _ in range(7):
        codes = [f"{inputs.word()}-{number}" for number in range(MANY)]
        for part in range(6):  # the catalogue takes 64 calls at a time
            await pass_by(client, host, catalogue, codes[part::6])
        blocks.append(await host.count_blocks())
    if left := find_objects(counts):
        story = f"{ROUNDS} times: calls of a new key meet, one of them is cancelled, a load fails"
        raise Failure(f"nothing is left of {ROUNDS} more keys without values", left, [story])
    if left := find_blocks(blocks):
        story = f"{MANY} times: calls are cancelled, a load fails, a value is dropped"
        raise Failure("nothing is left of more keys without values", left, [story])


async def expect_dropped_under_way(
    client: httpx.AsyncClient, host: Host, catalogue: Catalogue, clock: Clock, key: Key
) -> None:
    """Expect that a load goes on for all when the old value of its key is dropped meanwhile."""
    catalogue.expect_value(await ask(client, key), key, 1)
    await pass_time(host, clock, FRESH)
    barrier = catalogue.hold(key)
    answer = await expect_answer(host, ask(client, key), UNDER_WAY, "The value is stale.")
    catalogue.expect_value(answer, key, 1, "The value is stale.")
    await expect_inside(host, barrier, 1, "The value is stale.")
    for number in range(MOST):
        other = key[0], f"{key[1]}-{number}"
        catalogue.expect_value(await ask(client, other), other, 1)
    asked = await send_together(host, *(ask(client, key) for _ in range(2)))
    because = "Its value was dropped, and its load is still under way."
    await expect_loads(host, key, 2, because)
    barrier.open()
    for each in asked:
        catalogue.expect_value(await expect_answer(host, each, DONE), key, 2, because)
    catalogue.expect_value(await ask(client, key), key, 2, "The value is fresh.")
    await pass_time(host, clock, FRESH + GRACE)


def find_objects(counts: Sequence[dict[str, int]]) -> str:
    """Name what has grown with every key, the last two times that some came and went."""
    *_, earlier, later = [Counter(after) - Counter(before) for before, after in pairwise(counts)]
    left = [each for each in later if min(earlier[each], later[each]) >= ROUNDS]
    telling = [each for each in left if not each.startswith("builtins.")] or left
    named = ", ".join(f"{later[each]} of '{each}'" for each in sorted(telling)[:3])
    return f"still alive: {named}" if left else ""


def find_blocks(blocks: Sequence[int]) -> str:
    """Tell of memory that grows with every key to the last: text or numbers, which nobody lists.

    At first it grows in any case, since code that runs for the first times fills caches.
    """
    least = min(after - before for before, after in pairwise(blocks[-5:]))
    words = f"text or numbers are kept, at least {least} more each time"
    return words if least >= MANY // 2 else ""


async def visit(client: httpx.AsyncClient, host: Host, catalogue: Catalogue, code: str) -> None:
    """Have calls of a new key meet, one of which is cancelled, and a load that fails."""
    product, stock = ("products", code), ("stock", code)
    barrier, catalogue.replies[stock] = catalogue.hold(product), FAULTS[0]
    exchange = start_request(host, client.build_request("GET", f"/products/{code}"))
    await expect_inside(host, barrier, 1, "There is no value.")
    asked = await send_together(host, ask(client, product), ask(client, stock), ask(client, stock))
    await host.settle()
    await cancel(host, exchange)
    barrier.open()
    for status, each in zip((200, 503, 503), asked, strict=True):
        expect(await expect_answer(host, each, DONE)).status(status)


async def pass_by(
    client: httpx.AsyncClient, host: Host, catalogue: Catalogue, codes: Sequence[str]
) -> None:
    """Have the only call of keys be cancelled, and some of others that meet; loads may fail."""
    alone, failing, given = (
        [(kind, f"{code}-{end}") for code in codes]
        for kind, end in (("products", "a"), ("stock", "b"), ("products", "c"))
    )
    keys = (*alone, *failing, *given)
    barrier = catalogue.hold(*keys)
    catalogue.replies |= dict.fromkeys(failing, FAULTS[0])
    urls = [f"/{kind}/{code}" for kind, code in keys]
    exchanges = [start_request(host, client.build_request("GET", url)) for url in urls]
    await expect_inside(host, barrier, len(keys), f"{len(keys)} codes are asked for.")
    joining = urls[-len(given) :]
    exchanges += [start_request(host, client.build_request("GET", url)) for url in joining]
    asked = await send_together(host, *(ask(client, key) for key in (*failing, *given) * 2))
    await host.settle()
    for exchange in exchanges:
        exchange.cancel()
    for exchange in exchanges:
        await exchange.wait_until_ended()
    barrier.open()
    for number, each in enumerate(asked):
        status = 503 if number % (2 * len(codes)) < len(codes) else 200
        expect(await expect_answer(host, each, DONE)).status(status)
    await end_loads(host)


@criterion(task=1)
async def test_any_call_keeps_rules(oracle: Oracle) -> None:
    """Whatever is asked for, and whenever, the answers and the loads are the promised ones."""
    await oracle.compare()
