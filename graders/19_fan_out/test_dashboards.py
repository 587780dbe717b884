"""Grader of 19_fan_out: the back ends hold their callers, so that order and number are facts.

What begins and ends, the given file reports; where the app stands still, all that can begin has.
"""

import contextlib
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dojo.grader import (
    Failure,
    Host,
    Oracle,
    SeededInputs,
    criterion,
    exchange_of,
    expect,
    expect_answer,
    response_started,
    send_together,
    start_request,
)
from dojo.grader.rendezvous import SECONDS
from dojo.harness.barriers import Barrier
from dojo.harness.patience import OutOfPatience
from dojo.harness.upstream import Received, Upstream
from dojo.harness.upstream_protocol import Reply

PARTS = ("profiles", "orders", "offers")
NUMBER = re.compile(r"-?\d{1,20}", re.ASCII)
MOST_CALLS = 6
LOGGER = "kata.backends"
AFTER_ALL = "after all three back ends have answered"
MISSING = {"detail": "There is no such member."}
FAULTS = (
    Reply.json({"detail": "down"}, 500),
    Reply.json({}, 404),
    Reply.hang_up(),
    Reply.json({"unknown": []}),
    Reply.text("<html>"),
)


class Backends:
    """The three back ends: what each says of a member, and where its callers are held."""

    def __init__(self, upstream: Upstream, inputs: SeededInputs) -> None:
        self.replies: dict[str, Reply] = {}
        self.barriers: dict[str, Barrier] = {}
        self._word = inputs.word()
        for part in PARTS:
            upstream.on("GET", f"/{part}/{{member_id}}", self._script(part))

    def _script(self, part: str) -> Callable[[Received], Any]:
        async def answer(received: Received) -> Reply:
            reply = self.replies.get(part)
            if part in self.barriers:
                await self.barriers[part].enter()
            text = received.path_parameters["member_id"]
            if not NUMBER.fullmatch(text):
                return Reply.json({"detail": "This is no number."}, 400)
            return reply or Reply.json(self.tell(part, int(text)))

        return answer

    def tell(self, part: str, member_id: int) -> Any:
        """Give what a back end says of a member."""
        if part == "profiles":
            return {"name": f"{self._word} {member_id}", "tier": "gold"}
        if part == "orders":
            return [{"id": member_id * 10 + number, "total": "12.50"} for number in range(2)]
        return [{"code": f"{self._word}-{member_id}", "percent": member_id % 90}]

    def make_page(self, member_id: int, *failed: str) -> dict[str, Any]:
        """Give the page of a member, without the parts that have failed."""
        parts = {part: self.tell(part, member_id) for part in PARTS}
        parts |= dict.fromkeys(failed)
        return {
            "profile": parts["profiles"],
            "orders": parts["orders"],
            "offers": parts["offers"],
            "warnings": [part for part in PARTS if part in failed],
        }

    def hold(self, *parts: str) -> Barrier:
        """Hold all callers of these back ends behind one barrier."""
        barrier = Barrier()
        self.barriers |= dict.fromkeys(parts, barrier)
        return barrier


@pytest.fixture
def backends(upstream: Upstream, inputs: SeededInputs) -> Backends:
    """Give back ends that answer at once."""
    return Backends(upstream, inputs)


def ask(client: httpx.AsyncClient, member_id: int) -> Any:
    """Ask for a page."""
    return client.get(f"/dashboards/{member_id}")


def count_under_way(host: Host) -> int:
    """Count the calls that have begun and not ended."""
    reports = [each.message for each in host.evidence.logs(LOGGER)]
    return reports.count("begins") - reports.count("ends")


async def expect_inside(host: Host, barrier: Barrier, count: int, because: str) -> None:
    """Expect that so many calls are held at the same time."""
    try:
        await host.patience.wait(barrier.arrivals(count), SECONDS)
    except OutOfPatience:
        seen = f"{barrier.waiting} under way, and no other one comes"
        raise Failure(
            f"{count} calls under way at the same time", seen, list(host.history), because
        ) from None


async def wait_for_end(host: Host, before: int) -> None:
    """Wait until one of the calls that are reported after the first `before` reports has ended."""

    def is_ended() -> bool:
        return any(each.message == "ends" for each in host.evidence.logs(LOGGER)[before:])

    with contextlib.suppress(OutOfPatience):  # what is expected afterwards tells
        await host.patience.wait(host.evidence.until(is_ended), SECONDS)


def expect_limit(host: Host) -> None:
    """Expect that there were never more calls under way than may be."""
    under_way = most = 0
    for each in host.evidence.logs(LOGGER):
        under_way += {"begins": 1, "ends": -1}.get(each.message, 0)
        most = max(most, under_way)
    if most > MOST_CALLS:
        expected = f"at most {MOST_CALLS} calls under way at the same time"
        raise Failure(expected, f"{most} at the same time", list(host.history))


@criterion(task=1)
async def test_three_calls_overlap(
    client: httpx.AsyncClient, host: Host, backends: Backends, inputs: SeededInputs
) -> None:
    """All three back ends are asked before one of them answers, and the page is always the same."""
    for first in PARTS:
        member_id = inputs.number()
        barriers = {part: backends.hold(part) for part in PARTS}
        (asked,) = await send_together(host, ask(client, member_id))
        for part in PARTS:
            because = "No call of a page waits for another one."
            await expect_inside(host, barriers[part], 1, because)
        await host.settle(seconds=300)  # a slow back end is none that fails
        for part in sorted(PARTS, key=lambda part: (part != first, part)):
            barriers[part].open()
            await host.settle()
        page = await expect_answer(host, asked, AFTER_ALL)
        expect(page).status(200).json(backends.make_page(member_id))


@criterion(task=2)
async def test_page_without_optional_parts(
    client: httpx.AsyncClient, host: Host, backends: Backends, inputs: SeededInputs
) -> None:
    """If orders or offers fail, the page has `null` there and a warning, and all other parts."""
    for failed in (("orders",), ("offers",), ("orders", "offers")):
        for fault in FAULTS if len(failed) == 1 else FAULTS[:2]:
            member_id = inputs.number()
            backends.replies = dict.fromkeys(failed, fault)
            page = await ask(client, member_id)
            expect(page).status(200, f"The back ends that fail: {', '.join(failed)}.")
            expect(page).json(backends.make_page(member_id, *failed))
    begun = [each.message for each in host.evidence.logs(LOGGER)].count("begins")
    if begun != (calls := len(PARTS) * (2 * len(FAULTS) + 2)):
        expected = f"{calls} calls, one for each part of a page"
        raise Failure(expected, f"{begun} calls", list(host.history))
    backends.replies = dict.fromkeys(("orders", "offers"), FAULTS[0])
    late = backends.hold("orders")
    (asked,) = await send_together(host, ask(client, 5))
    await expect_inside(host, late, 1, "The orders are asked for.")
    await host.settle()
    late.open()
    page = await expect_answer(host, asked, "after both back ends have failed")
    because = "The orders fail last, and stand before the offers all the same."
    expect(page).status(200).json(backends.make_page(5, "orders", "offers"), because)
    backends.replies = {"orders": Reply.json([]), "offers": Reply.json([])}
    page = await ask(client, 3)
    empty = backends.make_page(3) | {"orders": [], "offers": []}
    expect(page).status(200).json(empty, "An empty list is an answer, and no failure.")


@criterion(task=3)
async def test_page_needs_profile(
    client: httpx.AsyncClient, host: Host, backends: Backends, inputs: SeededInputs
) -> None:
    """Without a profile there is no page: 404 for a member who is unknown, else 502."""
    for others in ((), ("orders",), ("orders", "offers")):
        for fault in FAULTS:
            backends.replies = dict.fromkeys(others, FAULTS[1]) | {"profiles": fault}
            held = backends.hold("profiles")
            (asked,) = await send_together(host, ask(client, inputs.number()))
            await expect_inside(host, held, 1, "The profile is asked for.")
            await host.settle()  # the other parts have failed before the profile does
            held.open()
            page = await expect_answer(host, asked, AFTER_ALL)
            if fault.status == 404:
                expect(page).status(404).json(MISSING)
            else:
                expect(page).status(502, "The profile fails.")
        backends.replies = {}
        member_id = inputs.number()
        page = await expect_answer(host, ask(client, member_id), "after pages without a profile")
        expect(page).status(200).json(backends.make_page(member_id))


@criterion(task=3)
async def test_failed_profile_ends_others(
    client: httpx.AsyncClient, host: Host, backends: Backends, inputs: SeededInputs
) -> None:
    """When the profile fails, the other calls are cancelled, and end before the answer begins."""
    for fault, status, failed in zip(
        FAULTS, (502, 404, 502, 502), ("", "", "", "orders"), strict=False
    ):
        backends.replies = {"profiles": fault, failed: FAULTS[0]}
        held, late = backends.hold("profiles"), backends.hold("offers")
        early = backends.hold("orders")
        before = len(host.evidence.logs(LOGGER))
        (asked,) = await send_together(host, ask(client, inputs.number()))
        await expect_inside(host, held, 1, "The profile is asked for.")
        for each in (early, late):
            await expect_inside(host, each, 1, "All calls of a page are under way together.")
        if failed:
            early.open()
            await wait_for_end(host, before)
            await host.settle()  # the first failure is one that the page can do without
        held.open()
        moment = f"while {'the offers have' if failed else 'orders and offers have'} not answered"
        page = await expect_answer(host, asked, moment, "Nothing is left to wait for.")
        expect(page).status(status)
        start = host.evidence.find(response_started(exchange_of(page)))[0].position
        reports = host.evidence.logs(LOGGER)[before:]
        ended = sum(each.message == "ends" and each.position < start for each in reports)
        if ended < len(PARTS):
            expected = "that all three calls have ended before the answer begins"
            raise expect(page).fails(expected, f"{ended} of them have ended by then")


@criterion(task=4)
async def test_six_calls_at_most(
    client: httpx.AsyncClient, host: Host, backends: Backends, inputs: SeededInputs
) -> None:
    """All requests together have six calls under way at most; the others wait for their turn."""
    for kind in ({}, {"profiles": FAULTS[0]}, {"orders": FAULTS[2], "offers": FAULTS[3]}):
        backends.replies = kind
        for _ in range(3):
            await ask(client, inputs.number())
    backends.replies = {}
    barrier = backends.hold(*PARTS)
    members = [inputs.number() for _ in range(5)]
    asked = await send_together(host, *(ask(client, each) for each in members))
    await expect_inside(host, barrier, MOST_CALLS, "There are calls of five pages to make.")
    await host.settle()
    expect_limit(host)
    answer = await expect_answer(host, client.get("/health"), "while the back ends are busy")
    expect(answer).status(200)
    for _ in range(3):
        barrier.release(1)
        await expect_inside(host, barrier, MOST_CALLS, "A call has ended, so another one begins.")
    barrier.open()
    for member_id, each in zip(members, asked, strict=True):
        page = await expect_answer(host, each, "after all back ends have answered")
        expect(page).status(200).json(backends.make_page(member_id))
    expect_limit(host)


@criterion(task=4)
async def test_free_places_are_used(
    client: httpx.AsyncClient, host: Host, backends: Backends, inputs: SeededInputs
) -> None:
    """A call waits only while six are under way, whichever requests these belong to."""
    because = "Fewer than six calls are under way, so the next one has nothing to wait for."
    for part in ("offers", "orders", "profiles"):
        backends.barriers = {}
        barrier = backends.hold(part)
        asked = await send_together(
            host, *(ask(client, inputs.number()) for _ in range(MOST_CALLS))
        )
        await expect_inside(host, barrier, MOST_CALLS, because)
        barrier.open()
        for each in asked:
            expect(await expect_answer(host, each, "after all have answered")).status(200)
    expect_limit(host)


@criterion(task=4)
async def test_cancelled_request_frees_places(
    client: httpx.AsyncClient, host: Host, backends: Backends, inputs: SeededInputs
) -> None:
    """The calls of a request that is cancelled end with it, and others take their places."""
    barrier = backends.hold(*PARTS)
    urls = [f"/dashboards/{inputs.number()}" for _ in range(3)]
    first, second, third = (start_request(host, client.build_request("GET", url)) for url in urls)
    await expect_inside(host, barrier, MOST_CALLS, "Two pages have three calls each.")
    for exchange in (third, first):  # one that waits for its turn, and one that is under way
        exchange.cancel()
        await exchange.wait_until_ended()
        await host.settle()
    if (under_way := count_under_way(host)) != 3:
        expected = "3 calls under way, those of the only request that is left"
        raise Failure(expected, f"{under_way} under way", list(host.history))
    (asked,) = await send_together(host, ask(client, 5))
    await expect_inside(host, barrier, MOST_CALLS, "The cancelled request has left its places.")
    barrier.open()
    expect(await expect_answer(host, asked, "after all have answered")).status(200)
    await second.wait_until_ended()
    expect_limit(host)


@criterion(task=4)
async def test_any_page_keeps_rules(oracle: Oracle) -> None:
    """Whatever the back ends say, and whoever asks at the same time, each page is the promised."""
    await oracle.compare()
