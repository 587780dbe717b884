"""Grader of 40_idempotent_post: the gateway holds its callers, so that nothing is timed.

Two instances are two hosts on one key store. What was charged, the gateway knows.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import httpx
import pytest

from dojo.grader import (
    Failure,
    Host,
    Hosts,
    Oracle,
    Rendezvous,
    SeededInputs,
    criterion,
    expect,
    meet,
    open_client,
    send_together,
    start_request,
)
from dojo.harness.barriers import Barrier
from dojo.harness.hosts import Clock
from dojo.harness.patience import OutOfPatience
from dojo.harness.upstream import Received, Upstream
from dojo.harness.upstream_protocol import Reply

Draft = dict[str, str]
Task = asyncio.Task[httpx.Response]

BAKERY, FLORIST = "demo-bakery", "demo-florist"
NOT_COMPARED = {"date", "content-length"}
"""Headers of a replay that may differ: the same JSON may be written with other spaces."""
LEASE_SECONDS = 60
DAY_SECONDS = 24 * 60 * 60
LONGEST_KEY = 255
REPLAY = "Every further request with this key gets the first answer."
FREE = "Nothing was charged, so the key is free again at once."
OVER = "The lease has ended, so this request takes over."
STRANGERS = "The keys of two clients are never the same key."
GOOD_KEY = f"A key has 1 to {LONGEST_KEY} characters."
UNDER_WAY = {"detail": "This request is under way."}
USED = {"detail": "This idempotency key was used for another request."}
INHERITED = "The data of a key must outlive its first request."
OTHERS = "Each key makes its own charge, also if two keys are similar."
MAINTENANCE = Reply.json({"error": "maintenance"}, 503)
LONGEST_HOLD = "A request holds its key for at most 60 seconds, even if it runs longer."
SPANS = 4
"""Parts of a lease in which timers run: an owner that renews it does so before it is over."""
LATE = "The lease of this request had ended, and another request had taken over."


class Plan(Enum):
    """What the gateway does with a charge that it does not know by its key."""

    CHARGE = auto()
    DECLINE = auto()
    REFUSE = auto()
    CHARGE_AND_HANG_UP = auto()
    HANG_UP = auto()


WHERE_IT_WAS = {
    Plan.CHARGE: "The card was charged",
    Plan.CHARGE_AND_HANG_UP: "The card was charged",
    Plan.HANG_UP: "The card was not charged",
}


@dataclass(eq=False)
class Gateway:
    """The gateway: what it has charged and remembers, and what it does with the next callers."""

    inputs: SeededInputs
    reason: str
    charges: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    known: dict[str, tuple[str, Any, float]] = field(default_factory=dict)
    now: float = 0.0
    plans: list[Plan] = field(default_factory=list)
    barrier: Barrier | None = None
    is_undecided: bool = False
    is_down: bool = False

    def hold(self, *, undecided: bool = False) -> Barrier:
        """Hold all callers from now on, each once it is decided what it will be told, or before."""
        self.barrier, self.is_undecided = Barrier(), undecided
        return self.barrier

    async def answer_charge(self, request: Received) -> Reply:
        """Answer `POST /charges`."""
        barrier, is_undecided = self.barrier, self.is_undecided
        if barrier is not None and is_undecided:
            await barrier.enter()
        reply = self._decide(request.header("idempotency-key"), request.json())
        if barrier is not None and not is_undecided:
            await barrier.enter()
        return reply

    def answer_search(self, request: Received) -> Reply:
        """Answer `GET /charges?key=…`."""
        if self.is_down:
            return MAINTENANCE
        charge = self._recall(dict(request.query).get("key"))
        if charge is None:
            return Reply.json({"error": "unknown"}, 404)
        return Reply.json({"id": charge[0]})

    def _recall(self, key: str | None) -> tuple[str, Any] | None:
        """Give the charge that was made with a key, and its body, for 24 hours after it."""
        charge, body, moment = self.known.get(key or "", ("", None, -DAY_SECONDS))
        return (charge, body) if self.now < moment + DAY_SECONDS else None

    def _decide(self, key: str | None, body: Any) -> Reply:
        if self.is_down:
            return MAINTENANCE
        if known := self._recall(key):
            charge, first = known
            is_same = body == first
            return Reply.json({"id": charge}, 201) if is_same else Reply.json({}, 409)
        plan = self.plans.pop(0) if self.plans else Plan.CHARGE
        if plan is Plan.DECLINE:
            return Reply.json({"reason": self.reason}, 402)
        if plan is Plan.REFUSE:
            return MAINTENANCE
        if plan is Plan.HANG_UP:
            return Reply.hang_up()
        charge = f"ch_{self.inputs.word()}{len(self.charges)}"
        self.charges.append(charge)
        self.bodies.append(body)
        if key is not None:
            self.known[key] = (charge, body, self.now)
        if plan is Plan.CHARGE_AND_HANG_UP:
            return Reply.hang_up()
        return Reply.json({"id": charge}, 201)


@dataclass(eq=False)
class Instance:
    """One running instance of the service and a client of it."""

    host: Host
    client: httpx.AsyncClient
    port: int

    def write(
        self, key: str | None, draft: Draft, path: str = "/payments", caller: str | None = BAKERY
    ) -> httpx.Request:
        """Write a request for a charge."""
        headers = {"X-API-Key": caller, "Idempotency-Key": key}
        given = {name: value for name, value in headers.items() if value is not None}
        url = f"http://127.0.0.1:{self.port}{path}"
        return self.client.build_request("POST", url, json=draft, headers=given)

    async def pay(self, key: str | None, draft: Draft, **more: Any) -> httpx.Response:
        """Ask for a charge."""
        return await self.client.send(self.write(key, draft, **more))


@dataclass(eq=False)
class Market:
    """The instances of the service, whose requests make one history, and their gateway."""

    hosts: Hosts
    gateway: Gateway
    inputs: SeededInputs
    stack: AsyncExitStack
    history: list[str] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)

    async def open(self) -> Instance:
        """Start another instance."""
        host = await self.hosts.open()
        host.history = self.history
        client = await self.stack.enter_async_context(open_client(host))
        instance = Instance(host, client, 8000 + len(self.instances))
        self.instances.append(instance)
        return instance

    def draft(self) -> Draft:
        """Draw what is to be charged."""
        word = self.inputs.word
        return {"order": word(), "amount": str(self.inputs.price()), "card": f"tok_{word()}"}

    def key(self) -> str:
        """Draw an idempotency key."""
        return f"{self.inputs.word()}-{self.inputs.number()}"

    def note(self, text: str) -> None:
        """Note what happens between requests."""
        self.history.append(f"# {text}")

    async def hold(
        self, instance: Instance, key: str, draft: Draft, *, undecided: bool = False
    ) -> "Held":
        """Ask for a charge and have the gateway hold it; later callers are not held."""
        barrier = self.gateway.hold(undecided=undecided)
        rendezvous = await meet(instance.host, barrier, instance.pay(key, draft))
        self.gateway.barrier = None
        rendezvous.expect_all_inside("the gateway")
        self.note(f"the gateway does not {'see' if undecided else 'answer'} this call yet")
        return Held(rendezvous, barrier, instance)

    async def release(self, held: "Held") -> httpx.Response:
        """Let the gateway answer a call that it holds, and give the app's answer."""
        self.note(f"the gateway answers the call from port {held.instance.port}")
        (answer,) = await held.rendezvous.part()
        return answer

    async def wait(self, clock: Clock, seconds: float) -> None:
        """Let time pass."""
        if seconds:
            await clock.advance(seconds)
            self.gateway.now += seconds
            self.note(f"{seconds:g} seconds pass")

    def expect_charges(self, number: int, because: str = "") -> None:
        """Expect that the gateway has made so many charges in all."""
        made = len(self.gateway.charges)
        if made != number:
            expected = f"{count_charges(number)} at the gateway so far"
            raise self.fails(expected, count_charges(made), because)

    def expect_charged(self, draft: Draft) -> None:
        """Expect that the last charge is of the amount, and on the card, that were asked for."""
        wanted, body = {name: draft[name] for name in ("amount", "card")}, self.gateway.bodies[-1]
        if body != wanted:
            raise self.fails(f"a charge at the gateway with {json.dumps(wanted)}", json.dumps(body))

    def expect_receipt(self, response: httpx.Response, charge: str, because: str = "") -> None:
        """Expect the receipt of a charge; whether a replay says 201 is another criterion."""
        if response.status_code != 200:
            expect(response).status(201, because)
        expect(response).json_at("id", equals=charge, because=because)

    def expect_turned_away(self, response: httpx.Response, because: str) -> None:
        """Expect 409, which says why, with a `Retry-After` in seconds."""
        expect(response).status(409, because).json(UNDER_WAY, because)
        seconds = response.headers.get("Retry-After", "")
        if not (seconds.isascii() and seconds.isdecimal()):
            seen = f"'Retry-After: {seconds}'" if seconds else "no header 'Retry-After'"
            raise expect(response).fails("'Retry-After' in seconds", seen, because)

    def fails(self, expected: str, seen: str, because: str = "", **more: Any) -> Failure:
        """Make a failure about what happened so far."""
        return Failure(expected, seen, list(self.history), because, **more)


@dataclass(frozen=True)
class Held:
    """A request whose call is held at the gateway."""

    rendezvous: Rendezvous
    barrier: Barrier
    instance: Instance


def count_charges(number: int) -> str:
    """Say how many charges."""
    return f"{number or 'no'} charge{'' if number == 1 else 's'}"


@pytest.fixture
def gateway(upstream: Upstream, inputs: SeededInputs) -> Gateway:
    """Give a gateway that has not charged anything."""
    gateway = Gateway(inputs, f"The bank says no to {inputs.word()}.")
    upstream.on("POST", "/charges", gateway.answer_charge)
    upstream.on("GET", "/charges", gateway.answer_search)
    return gateway


@pytest.fixture
async def market(hosts: Hosts, gateway: Gateway, inputs: SeededInputs) -> AsyncIterator[Market]:
    """Give a market whose service has not been started."""
    async with AsyncExitStack() as stack:
        yield Market(hosts, gateway, inputs, stack)


async def await_answers(
    market: Market, instance: Instance, barrier: Barrier, tasks: Sequence[Task], held: int
) -> list[httpx.Response]:
    """Wait until the gateway holds one call and all but `held` of the requests are answered."""
    one, crowd = (asyncio.create_task(barrier.arrivals(count)) for count in (1, 2))

    def is_settled() -> bool:
        open_requests = sum(not task.done() for task in tasks)
        return crowd.done() or not open_requests or (one.done() and open_requests <= held)

    async def watch() -> None:
        while not is_settled():
            awaited = [task for task in (*tasks, one, crowd) if not task.done()]
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)

    expected = "one call at the gateway, and an answer to every other request"
    because = "A duplicate may wait for half a second. Then it is answered with 409."
    try:
        await instance.host.patience.wait(watch())
    except OutOfPatience:
        missing = sum(not task.done() for task in tasks) - min(held, barrier.waiting)
        seen = f"{barrier.waiting} at the gateway, and {missing} without an answer"
        where = await instance.host.where()
        raise market.fails(expected, seen, because, where=where) from None
    finally:
        one.cancel()
        crowd.cancel()
    if barrier.waiting > 1:
        raise market.fails(expected, f"{barrier.waiting} calls at the gateway at the same time")
    answered = [task.result() for task in tasks if task.done()]
    if barrier.waiting == 0:
        raise expect(answered[0]).fails(expected, "")
    return answered


async def compete(
    market: Market, instance: Instance, key: str, draft: Draft, number: int
) -> tuple[Held, list[httpx.Response]]:
    """Send requests at the same moment: the gateway holds one, and the others are answered."""
    barrier = market.gateway.hold()
    market.note(f"the next {number} requests come at the same moment")
    requests = (instance.pay(key, draft) for _ in range(number))
    tasks = await send_together(instance.host, *requests)
    turned_away = await await_answers(market, instance, barrier, tasks, held=1)
    (winner,) = [task for task in tasks if not task.done()]
    return Held(Rendezvous(instance.host, barrier, [winner]), barrier, instance), turned_away


@criterion(task=1)
async def test_duplicates_make_one_charge(market: Market, gateway: Gateway) -> None:
    """Requests with one key make one charge, also at the same time and at two instances."""
    first, second = await market.open(), await market.open()
    key, draft = market.key(), market.draft()
    held, turned_away = await compete(market, first, key, draft, number=3)
    elsewhere = await send_together(second.host, *(second.pay(key, draft) for _ in range(2)))
    turned_away += await await_answers(market, second, held.barrier, elsewhere, held=0)
    for response in turned_away:
        market.expect_turned_away(response, "The first request is still running.")

    gateway.barrier = None
    answer = await market.release(held)
    market.expect_charges(1)
    market.expect_receipt(answer, gateway.charges[0])
    for instance in (first, second):
        market.expect_receipt(await instance.pay(key, draft), gateway.charges[0], REPLAY)
    market.expect_charges(1)


@criterion(task=1)
async def test_replay_repeats_first_answer(market: Market, gateway: Gateway) -> None:
    """A new key gets the documented 201. A replay repeats status, body and `Location`."""
    first, second = await market.open(), await market.open()
    for number, purpose in enumerate(("payment", "deposit"), start=1):
        key, draft = market.key(), market.draft()
        answer = await first.pay(key, draft, path=f"/{purpose}s")
        expect(answer).status(201)
        market.expect_charges(number, "This is a new key.")
        market.expect_charged(draft)
        charge = gateway.charges[-1]
        named = {name: draft[name] for name in ("order", "amount")}
        body, location = {"id": charge, "purpose": purpose, **named}, f"/receipts/{charge}"
        expect(answer).json(body).header("Location", location)
        gateway.is_down = True
        for instance in (first, second):
            again = await instance.pay(key, draft, path=f"/{purpose}s")
            expect(again).status(201, REPLAY).json(body, REPLAY)
            for name in sorted({*answer.headers, *again.headers} - NOT_COMPARED):
                expect(again).header(name, answer.headers.get(name), REPLAY)
        gateway.is_down = False
        market.expect_charges(number, REPLAY)
    document = await first.client.get("/openapi.json")
    for path in ("/payments", "/deposits"):
        expect(document).read_json("paths", path, "post", "responses", "201")


@criterion(task=1)
async def test_keys_expire_after_day(market: Market, gateway: Gateway, clock: Clock) -> None:
    """A key is kept for 24 hours from its first request. Then it is a new key."""
    first, second = await market.open(), await market.open()
    key, draft = market.key(), market.draft()
    answer = await first.pay(key, draft)
    market.expect_charges(1)
    market.expect_receipt(answer, gateway.charges[0])
    for seconds in (DAY_SECONDS // 2, DAY_SECONDS // 2 - 1):
        await market.wait(clock, seconds)
        market.expect_receipt(await second.pay(key, draft), gateway.charges[0], REPLAY)
        market.expect_charges(1, REPLAY)

    await market.wait(clock, 2)
    because = "The first request with this key was more than 24 hours ago."
    answer = await second.pay(key, draft)
    market.expect_charges(2, because)
    market.expect_receipt(answer, gateway.charges[1], because)
    market.expect_receipt(await first.pay(key, draft), gateway.charges[1], REPLAY)
    market.expect_charges(2, REPLAY)


@criterion(task=2)
async def test_key_means_one_request(market: Market, gateway: Gateway) -> None:
    """A key with another body or on another route is refused, and nothing is charged."""
    instance = await market.open()
    key, draft = market.key(), market.draft()
    order, amount = draft["order"], draft["amount"]
    draft["amount"] = f"1{amount}"
    answer = await instance.pay(key, draft)
    market.expect_charges(1)
    market.expect_receipt(answer, gateway.charges[0])
    because = "The key was used for another request."
    shifted = {"order": f"{order}1", "amount": amount}
    for change in ({"order": order * 2}, {"amount": amount}, {"card": "tok_other"}, shifted):
        answer = await instance.pay(key, {**draft, **change})
        expect(answer).status(422, because).json(USED, because)
    answer = await instance.pay(key, draft, path="/deposits")
    expect(answer).status(422, because).json(USED, because)
    market.expect_charges(1, because)

    market.expect_receipt(await instance.pay(key, draft), gateway.charges[0], REPLAY)


@criterion(task=2)
async def test_key_belongs_to_client(market: Market, gateway: Gateway) -> None:
    """Each client has its own keys. A missing, empty or too long key is refused."""
    instance = await market.open()
    key, draft = market.key(), market.draft()
    for number, caller in enumerate((BAKERY, FLORIST), start=1):
        answer = await instance.pay(key, draft, caller=caller)
        market.expect_charges(number, STRANGERS)
        market.expect_receipt(answer, gateway.charges[-1], STRANGERS)
    expect(await instance.pay(key, draft, caller=None)).status(401)
    for charge, caller in zip(gateway.charges, (BAKERY, FLORIST), strict=True):
        market.expect_receipt(await instance.pay(key, draft, caller=caller), charge, STRANGERS)

    longest = (market.key() * 100)[:LONGEST_KEY]
    for bad in (None, "", f"{longest}x"):
        expect(await instance.pay(bad, draft)).status(422, GOOD_KEY)
    similar = (longest, longest[0], longest[0].upper(), f"{longest[:-3]}, 2")
    for number, good in enumerate(similar, start=3):
        answer = await instance.pay(good, draft)
        if answer.status_code not in (200, 201):
            expect(answer).status(201, GOOD_KEY)
        market.expect_charges(number, OTHERS)
        market.expect_receipt(answer, gateway.charges[-1], OTHERS)


@criterion(task=3)
async def test_declines_are_kept(market: Market, gateway: Gateway, clock: Clock) -> None:
    """A decline is replayed like other answers. A failure before the charge frees the key."""
    first, second = await market.open(), await market.open()
    key, draft = market.key(), market.draft()
    gateway.plans = [Plan.DECLINE]
    for instance, seconds in ((first, 0), (first, 0), (second, DAY_SECONDS - 1)):
        await market.wait(clock, seconds)
        answer = await instance.pay(key, draft)
        expect(answer).status(402, REPLAY).json({"detail": gateway.reason}, REPLAY)
    answer = await second.pay(key, {**draft, "card": "tok_other"})
    expect(answer).status(422).json(USED)
    market.expect_charges(0, REPLAY)

    key = market.key()
    gateway.plans = [Plan.REFUSE, Plan.REFUSE]
    for instance in (first, second):
        expect(await instance.pay(key, draft)).status(503, FREE)
    answer = await second.pay(key, draft)
    market.expect_charges(1, FREE)
    market.expect_receipt(answer, gateway.charges[0], FREE)
    market.expect_receipt(await first.pay(key, draft), gateway.charges[0], REPLAY)
    market.expect_charges(1, REPLAY)


async def settle(
    market: Market, clock: Clock, instance: Instance, key: str, draft: Draft
) -> httpx.Response:
    """Ask again for a charge whose owner is gone: at once and, if turned away, after the lease."""
    answer = await instance.pay(key, draft)
    if answer.status_code == 409:
        market.expect_turned_away(answer, "")
        await market.wait(clock, LEASE_SECONDS + 0.5)
        answer = await instance.pay(key, draft)
    return answer


@criterion(task=4)
async def test_crash_never_charges_twice(market: Market, gateway: Gateway, clock: Clock) -> None:
    """After any failure at the gateway, a retry leads to one charge and to its receipt."""
    instance = await market.open()
    for number, plan in enumerate((Plan.CHARGE, Plan.HANG_UP), start=1):
        key, draft = market.key(), market.draft()
        gateway.plans = [plan]
        doomed = await market.open()
        held = await market.hold(doomed, key, draft)
        market.note(f"the instance on port {doomed.port} is killed (SIGKILL)")
        doomed.host.kill()
        await held.barrier.emptied()
        answer = await settle(market, clock, instance, key, draft)
        market.expect_charges(number, f"{WHERE_IT_WAS[plan]} when its instance was killed.")
        market.expect_receipt(answer, gateway.charges[-1])
        market.expect_receipt(await instance.pay(key, draft), gateway.charges[-1], REPLAY)

    for number, plan in enumerate((Plan.CHARGE_AND_HANG_UP, Plan.HANG_UP), start=3):
        key, draft = market.key(), market.draft()
        gateway.plans = [plan]
        expect(await instance.pay(key, draft)).status(504)
        answer = await settle(market, clock, instance, key, draft)
        market.expect_charges(number, f"{WHERE_IT_WAS[plan]} when the connection broke.")
        market.expect_receipt(answer, gateway.charges[-1])
        market.expect_receipt(await instance.pay(key, draft), gateway.charges[-1], REPLAY)


@criterion(task=4)
async def test_takeover_inherits_key(market: Market, gateway: Gateway, clock: Clock) -> None:
    """A request that takes over a key keeps its request, its charge and its start time."""
    first, second = await market.open(), await market.open()
    key, draft = market.key(), market.draft()
    gateway.plans = [Plan.CHARGE_AND_HANG_UP]
    expect(await first.pay(key, draft)).status(504)
    await market.wait(clock, DAY_SECONDS - 3 * LEASE_SECONDS)
    other = {**draft, "order": draft["order"] * 2}
    expect(await second.pay(key, other)).status(422, INHERITED).json(USED, INHERITED)
    answer = await second.pay(key, draft, path="/deposits")
    expect(answer).status(422, INHERITED).json(USED, INHERITED)
    gateway.is_down = True
    expect(await second.pay(key, draft)).status(503)
    gateway.is_down = False
    answer = await settle(market, clock, first, key, draft)
    market.expect_charges(1, "The first request had charged the card.")
    market.expect_receipt(answer, gateway.charges[0], INHERITED)

    key = market.key()
    gateway.plans = [Plan.HANG_UP, Plan.HANG_UP]
    for instance in (first, second):
        expect(await instance.pay(key, draft)).status(504)
        await market.wait(clock, DAY_SECONDS // 3)
    market.expect_receipt(await second.pay(key, draft), gateway.charges[-1], OVER)
    market.expect_charges(2, OVER)
    await market.wait(clock, DAY_SECONDS // 3 - 1)
    market.expect_receipt(await first.pay(key, draft), gateway.charges[1], REPLAY)
    await market.wait(clock, 2)
    because = "The first request with this key was more than 24 hours ago."
    answer = await first.pay(key, draft)
    market.expect_charges(3, because)
    market.expect_receipt(answer, gateway.charges[2], because)


@criterion(task=4)
async def test_leases_never_overlap(market: Market, clock: Clock) -> None:
    """After its lease another request can take the key. A late owner changes nothing."""
    first, second = await market.open(), await market.open()
    await check_cancelled_owner(market, clock, first, second)
    await check_late_decline(market, clock, first, second)
    await check_late_refusals(market, clock, first, second)
    await check_lasting_owner(market, clock, first, second)
    await check_broken_line(market, clock, first, second)
    for plan, error in ((Plan.REFUSE, 503), (Plan.HANG_UP, 504)):
        await check_late_failure(market, clock, first, second, plan, error)
    for undecided in (False, True):
        await check_late_charge(market, clock, first, second, undecided=undecided)


async def check_cancelled_owner(
    market: Market, clock: Clock, first: Instance, second: Instance
) -> None:
    """Check that a request that is cancelled at the gateway neither blocks its key nor is lost."""
    key, draft = market.key(), market.draft()
    barrier = market.gateway.hold()
    exchange = start_request(first.host, first.write(key, draft))
    arrival = asyncio.create_task(barrier.arrivals(1))
    end = asyncio.create_task(exchange.wait_until_ended())
    await asyncio.wait([arrival, end], return_when=asyncio.FIRST_COMPLETED)
    arrival.cancel()
    if not barrier.waiting:
        await end
        raise market.fails("a call at the gateway", "the request ends without a call")
    market.gateway.barrier = None
    market.note("the gateway has charged the card; before it answers, this request is cancelled")
    exchange.cancel()
    await end
    answer = await settle(market, clock, second, key, draft)
    market.expect_charges(1, "The request was cancelled after the charge.")
    market.expect_receipt(answer, market.gateway.charges[0])
    barrier.open()


async def check_late_decline(
    market: Market, clock: Clock, first: Instance, second: Instance
) -> None:
    """Check that a lease is not ended early, and that a late decline does not replace a receipt."""
    key, draft = market.key(), market.draft()
    market.gateway.plans = [Plan.DECLINE]
    held = await market.hold(first, key, draft)
    await market.wait(clock, LEASE_SECONDS - 1)
    market.expect_turned_away(await second.pay(key, draft), "The first lease has not ended.")
    await market.wait(clock, 1.5)
    answer = await second.pay(key, draft)
    market.expect_charges(2, OVER)
    market.expect_receipt(answer, market.gateway.charges[1], OVER)
    late = await market.release(held)
    for instance in (first, second):
        market.expect_receipt(await instance.pay(key, draft), market.gateway.charges[1], LATE)
    if late.status_code != 409:
        market.expect_receipt(late, market.gateway.charges[1], LATE)


async def check_late_refusals(
    market: Market, clock: Clock, first: Instance, second: Instance
) -> None:
    """Check that a late decline is not told while the one who took over is under way."""
    key, draft = market.key(), market.draft()
    market.gateway.plans = [Plan.DECLINE]
    held = await market.hold(first, key, draft)
    await market.wait(clock, LEASE_SECONDS + 0.5)
    owner = await market.hold(second, key, draft)
    market.expect_turned_away(await market.release(held), LATE)
    answer = await market.release(owner)
    market.expect_charges(3, OVER)
    market.expect_receipt(answer, market.gateway.charges[2], OVER)


async def check_lasting_owner(
    market: Market, clock: Clock, first: Instance, second: Instance
) -> None:
    """Check that an owner does not renew its lease while it waits."""
    key, draft, number = market.key(), market.draft(), len(market.gateway.charges) + 1
    held = await market.hold(first, key, draft)
    for _ in range(SPANS):
        await market.wait(clock, LEASE_SECONDS / SPANS + 0.5)
        await first.host.settle(seconds=LEASE_SECONDS / SPANS + 0.5)
    answer = await second.pay(key, draft)
    market.expect_charges(number, "Both owners ask for the same charge.")
    market.expect_receipt(answer, market.gateway.charges[-1], LONGEST_HOLD)
    await market.release(held)


async def check_broken_line(
    market: Market, clock: Clock, first: Instance, second: Instance
) -> None:
    """Check that an owner whose line breaks does not hold its key for another lease."""
    key, draft, number = market.key(), market.draft(), len(market.gateway.charges) + 1
    market.gateway.plans = [Plan.HANG_UP]
    held = await market.hold(first, key, draft)
    await market.wait(clock, LEASE_SECONDS - 10)
    expect(await market.release(held)).status(504)
    await market.wait(clock, 10.5)
    answer = await second.pay(key, draft)
    market.expect_charges(number, LONGEST_HOLD)
    market.expect_receipt(answer, market.gateway.charges[-1], LONGEST_HOLD)


async def check_late_failure(
    market: Market, clock: Clock, first: Instance, second: Instance, plan: Plan, error: int
) -> None:
    """Check that one of many takes over, and that an owner who fails late does not free its key."""
    key, draft, number = market.key(), market.draft(), len(market.gateway.charges) + 1
    market.gateway.plans = [plan]
    failing = await market.hold(second, key, draft)
    await market.wait(clock, LEASE_SECONDS + 0.5)
    owner, turned_away = await compete(market, second, key, draft, number=3)
    market.gateway.barrier = None
    for response in turned_away:
        market.expect_turned_away(response, "Another request has just taken over.")
    late = await market.release(failing)
    if late.status_code != 409:
        expect(late).status(error, LATE)
    await market.wait(clock, LEASE_SECONDS - 1)
    market.expect_turned_away(await first.pay(key, draft), "The new owner is still running.")
    answer = await market.release(owner)
    market.expect_charges(number, LATE)
    market.expect_receipt(answer, market.gateway.charges[-1], OVER)
    market.expect_receipt(await first.pay(key, draft), market.gateway.charges[-1], REPLAY)


async def check_late_charge(
    market: Market, clock: Clock, first: Instance, second: Instance, *, undecided: bool
) -> None:
    """Check that taking over from an owner that is only slow does not charge again."""
    key, draft, number = market.key(), market.draft(), len(market.gateway.charges) + 1
    held = await market.hold(first, key, draft, undecided=undecided)
    await market.wait(clock, LEASE_SECONDS + 0.5)
    answer = await second.pay(key, draft)
    market.expect_charges(number, "Both owners ask for the same charge.")
    market.expect_receipt(answer, market.gateway.charges[-1], OVER)
    late = await market.release(held)
    market.expect_charges(number, "Both owners ask for the same charge.")
    if late.status_code != 409:
        market.expect_receipt(late, market.gateway.charges[-1], LATE)
    market.expect_receipt(await first.pay(key, draft), market.gateway.charges[-1], REPLAY)


@criterion(task=4)
async def test_any_sequence_is_right(oracle: Oracle) -> None:
    """Answers and charges are right for any requests, in any order."""
    await oracle.compare()
