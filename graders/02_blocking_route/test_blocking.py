"""Grader of 02_blocking_route: the partner holds its callers, so that nothing is timed."""

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
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
    Sent,
    SubmissionError,
    criterion,
    expect,
    expect_answer,
    meet,
    open_client,
)
from dojo.harness.barriers import Barrier
from dojo.harness.upstream import Received, Upstream
from dojo.harness.upstream_protocol import Reply

PARTNER = "the partner"
OTHERS = "While one request waits for the partner, the app has to serve the others."
OWN_CALL = "Each request makes its own call to the partner. Nothing is cached or shared."
PATIENCE = 29
"""Seconds that the partner may be silent: its client gives up one second later."""
FAILURES = 41
"""More failures in a row than FastAPI has threads, should each of them cost a place."""
ROOM = 6
"""Callers that have to find room at a time."""
TIMEOUTS = 6
"""Timeouts in a row on each of the two routes: more than most breakers bear."""
NOT_FOUND = {"detail": "The partner does not know this id."}
NOT_IN_TIME = {"detail": "The partner did not answer in time."}


@dataclass
class Partner:
    """What the partner knows, and the barriers at which it holds its callers."""

    quotes: dict[str, Decimal] = field(default_factory=dict)
    customers: dict[str, tuple[str, str]] = field(default_factory=dict)
    quote_gate: Barrier = field(default_factory=Barrier)
    customer_gate: Barrier = field(default_factory=Barrier)
    body_gate: Barrier | None = None
    """Holds each answer between its head and its body, if there is one."""

    def send(self, value: Any) -> Reply:
        """Answer with a value."""
        if self.body_gate is None:
            return Reply.json(value)
        return Reply.dripping([json.dumps(value).encode()], self.body_gate)

    def quote(self, quote_id: str) -> dict[str, str]:
        """Give a quote as the partner sends it."""
        return {"id": quote_id, "price": str(self.quotes[quote_id]), "currency": "EUR"}

    def terms(self, customer_id: str) -> dict[str, Any]:
        """Give the terms that follow from a customer's tier."""
        name, tier = self.customers[customer_id]
        return {"customer": name, "payment_days": 30 if tier == "gold" else 14}

    def answer_quote(self, request: Received) -> Reply:
        """Answer `GET /quotes/{quote_id}`."""
        quote_id = request.path_parameters["quote_id"]
        if quote_id not in self.quotes:
            return Reply.json({"error": "unknown"}, status=404)
        return self.send(self.quote(quote_id))

    def answer_customer(self, request: Received) -> Reply:
        """Answer `GET /customers/{customer_id}`."""
        customer_id = request.path_parameters["customer_id"]
        if customer_id not in self.customers:
            return Reply.json({"error": "unknown"}, status=404)
        name, tier = self.customers[customer_id]
        return self.send({"id": customer_id, "name": name, "tier": tier})


@pytest.fixture
def partner(upstream: Upstream, inputs: SeededInputs) -> Partner:
    """Give a partner that knows three quotes and three customers and holds everybody."""
    partner = Partner()
    for number in inputs.numbers(3):
        partner.quotes[f"Q-{number}x"] = inputs.price()
    for number, tier in zip(inputs.numbers(3), ("gold", inputs.word(), "gold"), strict=True):
        partner.customers[f"C-{number}x"] = (f"{inputs.name()} {inputs.name()}", tier)
    quotes, customers = partner.quote_gate, partner.customer_gate
    upstream.on("GET", "/quotes/{quote_id}", partner.answer_quote, barrier=quotes)
    upstream.on("GET", "/customers/{customer_id}", partner.answer_customer, barrier=customers)
    return partner


Check = Callable[[httpx.Response], object]


async def check_answers(hosts: Hosts, answers: Iterable[tuple[httpx.Response, Check]]) -> None:
    """Check answers; if a fresh copy of the app fails in one alone, tell of this request alone."""
    for response, check in answers:
        try:
            check(response)
        except Failure:
            with contextlib.suppress(SubmissionError):
                async with open_client(await hosts.open()) as client:
                    check(await client.send(response.request))
            raise


def is_ok(value: Any, because: str = "") -> Check:
    """Make the check that an answer is 200 with this body."""
    return lambda response: expect(response).status(200).json(value, because)


async def ask_for_quotes(client: httpx.AsyncClient, host: Host, partner: Partner) -> Rendezvous:
    """Ask for every quote at once."""
    requests = [client.get(f"/quotes/{quote}") for quote in partner.quotes]
    return await meet(host, partner.quote_gate, *requests)


def named(user: str) -> Mapping[str, str]:
    """Give the header that names the user."""
    return {"X-User-Id": user}


@criterion(task=1)
async def test_quotes_overlap_at_partner(
    client: httpx.AsyncClient, host: Host, hosts: Hosts, partner: Partner
) -> None:
    """Three requests for quotes wait for the partner at the same time."""
    partner.body_gate = Barrier()
    rendezvous = await ask_for_quotes(client, host, partner)

    rendezvous.expect_all_inside(PARTNER, OTHERS)
    await expect_patience(host, partner, partner.quote_gate)
    answers = await rendezvous.part()
    await check_answers(
        hosts, [(each, lambda answer: expect(answer).status(200)) for each in answers]
    )


async def expect_patience(host: Host, partner: Partner, gate: Barrier) -> None:
    """Expect that a slow partner is waited for: it sends the head late, and the body later."""
    await expect_silence(host, f"has been silent for {PATIENCE} seconds")
    gate.open()
    await expect_silence(host, f"has sent the head, and nothing for another {PATIENCE} seconds")
    if partner.body_gate is not None:
        partner.body_gate.open()


async def expect_silence(host: Host, doing: str) -> None:
    """Expect that nobody is answered as long as the partner is silent once more."""
    await host.settle()
    before = len(host.evidence.of(Sent))
    await host.settle(seconds=PATIENCE)
    if len(host.evidence.of(Sent)) > before:
        expected = "no answer before the partner has given one"
        because = "The given client alone decides how long the partner may take."
        seen = f"an answer while the partner {doing}"
        raise Failure(expected, seen, list(host.history), because)


@criterion(task=1)
async def test_health_answers_during_quotes(
    client: httpx.AsyncClient, host: Host, partner: Partner
) -> None:
    """`/health` answers while three quotes wait for the partner."""
    requests = [client.get(f"/quotes/{quote}") for quote in partner.quotes]
    rendezvous = await meet(host, partner.quote_gate, *requests, mind_answers=False)
    await expect_health(client, host, "while quotes wait for the partner")

    if rendezvous.inside == 0:
        raise Failure("at least one quote inside the partner", "no quote reached it", host.history)


async def expect_health(client: httpx.AsyncClient, host: Host, moment: str) -> None:
    """Expect `/health` to answer at this moment."""
    health = await expect_answer(host, client.get("/health"), moment, OTHERS)
    expect(health).status(200).json({"status": "ok"})


@criterion(task=2)
async def test_terms_overlap_at_partner(
    client: httpx.AsyncClient, host: Host, hosts: Hosts, partner: Partner
) -> None:
    """Three terms and three quotes wait for the partner together, and `/health` answers."""
    partner.body_gate = Barrier()
    quotes = await ask_for_quotes(client, host, partner)
    requests = [client.get(f"/customers/{customer}/terms") for customer in partner.customers]
    rendezvous = await meet(host, partner.customer_gate, *requests)

    rendezvous.expect_all_inside(PARTNER, OTHERS)
    await expect_health(client, host, "while terms wait for the partner")
    await expect_patience(host, partner, partner.customer_gate)
    await quotes.part()
    checks = [is_ok(partner.terms(customer)) for customer in partner.customers]
    await check_answers(hosts, zip(await rendezvous.part(), checks, strict=True))


@criterion(task=1, waits_for=test_quotes_overlap_at_partner)
async def test_answers_carry_own_data(
    client: httpx.AsyncClient,
    host: Host,
    hosts: Hosts,
    upstream: Upstream,
    partner: Partner,
    inputs: SeededInputs,
) -> None:
    """Every answer comes from its own call to the partner, made now, with its own id."""
    rounded = inputs.choice(list(partner.quotes))
    partner.quotes[rounded] = round(partner.quotes[rounded], 1) + Decimal("0.00")
    rendezvous = await ask_for_quotes(client, host, partner)
    checks = [is_ok(partner.quote(quote)) for quote in partner.quotes]
    await check_answers(hosts, zip(await rendezvous.part(), checks, strict=True))

    quote = inputs.choice(list(partner.quotes))
    partner.quotes[quote] += 1
    begin(host, f"the price of {quote}, asked for before, is another now")
    fresh = await client.get(f"/quotes/{quote}")
    await check_answers(
        hosts, [(fresh, is_ok(partner.quote(quote), "Prices change by the minute."))]
    )

    customer = inputs.choice(list(partner.customers))
    for path, pattern, reply in (
        (f"/quotes/{quote}", "/quotes/{quote_id}", partner.answer_quote),
        (f"/customers/{customer}/terms", "/customers/{customer_id}", partner.answer_customer),
    ):
        calls, again = len(upstream.requests), Barrier()
        upstream.on("GET", pattern, reply, barrier=again)
        begin(host, f"{ROOM} callers send the same request at the same time")
        crowd = await meet(host, again, *[client.get(path) for _ in range(ROOM)])
        if crowd.early is None:
            crowd.expect_all_inside(PARTNER, f"{ROOM} callers have room. {OWN_CALL}")
        await crowd.part()
        expect_calls(host, upstream, calls, ROOM)

    for tier in ("gold", inputs.word()):
        partner.customers[customer] = (partner.customers[customer][0], tier)
        begin(host, f"the partner says that the tier of {customer} is '{tier}' now")
        terms = await client.get(f"/customers/{customer}/terms")
        await check_answers(hosts, [(terms, is_ok(partner.terms(customer)))])


def begin(host: Host, words: str) -> None:
    """Begin a part of a criterion, which a failure tells of alone."""
    host.history[:] = [f"# {words}"]


def expect_calls(host: Host, upstream: Upstream, before: int, calls: int) -> None:
    """Expect that the partner was called so many times since it had been called so often."""
    seen = len(upstream.requests) - before
    if seen != calls:
        expected = f"calls of the partner: {calls}"
        raise Failure(expected, f"calls of the partner: {seen}", list(host.history), OWN_CALL)


@criterion(task=1, waits_for=test_quotes_overlap_at_partner)
async def test_partner_learns_own_user(
    client: httpx.AsyncClient,
    host: Host,
    hosts: Hosts,
    upstream: Upstream,
    partner: Partner,
    inputs: SeededInputs,
) -> None:
    """Each call to the partner carries the id of the user who sent the request."""
    users = {f"/quotes/{quote}": inputs.word() for quote in partner.quotes}
    requests = [client.get(path, headers=named(user)) for path, user in users.items()]
    answers = await (await meet(host, partner.quote_gate, *requests)).part()
    checks = [hears(upstream, path, user) for path, user in users.items()]
    await check_answers(hosts, zip(answers, checks, strict=True))

    users = {f"/customers/{customer}": inputs.word() for customer in partner.customers}
    requests = [client.get(f"{path}/terms", headers=named(user)) for path, user in users.items()]
    begin(host, "quotes were asked for before, by other users")
    answers = await (await meet(host, partner.customer_gate, *requests)).part()
    checks = [hears(upstream, path, user) for path, user in users.items()]
    await check_answers(hosts, zip(answers, checks, strict=True))

    nobody = f"/quotes/q-{inputs.number()}-0"
    begin(host, "others have named their users before")
    answer = await client.get(nobody)
    await check_answers(hosts, [(answer, hears(upstream, nobody, "anonymous"))])


def hears(upstream: Upstream, path: str, user: str) -> Check:
    """Make the check that the partner heard this user with its last call of a path."""

    def check(response: httpx.Response) -> None:
        heard = [each.header("x-user") for each in upstream.requests if each.path == path]
        if heard[-1:] != [user]:
            raise Failure(
                f"the call of {path} at the partner has 'X-User: {user}'",
                f"it hears '{heard[-1]}'" if heard else "it is not called",
                list(response.extensions["did"]),
                "The user is in a context variable. The call must run with this context.",
            )

    return check


@criterion(task=3)
async def test_unknown_ids_answer_404(
    client: httpx.AsyncClient, host: Host, partner: Partner, inputs: SeededInputs
) -> None:
    """An id is answered with 404 and the agreed text while the partner does not know it."""
    partner.quote_gate.open()
    partner.customer_gate.open()
    unknown = f"x-{inputs.number()}"
    moment = "after many ids that the partner does not know"

    expect(await client.get(f"/customers/{unknown}/terms")).status(404).json(NOT_FOUND)
    host.history.clear()
    nowhere = await client.get(f"/{inputs.word()}")
    expect(nowhere).status(404).json({"detail": "Not Found"}, because="No route has it.")
    host.history.clear()
    for number in range(FAILURES):
        refused = await expect_answer(host, client.get(f"/quotes/{unknown}"), moment)
        expect(refused).status(404).json(NOT_FOUND)
        begin(host, f"before, {number + 1} such requests got 404")
    partner.quotes[unknown] = inputs.price()
    begin(host, f"the partner knows the quote now; before, {FAILURES} requests got 404")
    known = await expect_answer(host, client.get(f"/quotes/{unknown}"), moment)
    expect(known).status(200).json(partner.quote(unknown), because=OWN_CALL)


@criterion(task=3)
async def test_partner_timeouts_answer_504(
    client: httpx.AsyncClient,
    host: Host,
    upstream: Upstream,
    partner: Partner,
    inputs: SeededInputs,
) -> None:
    """A partner that answers 504 is a 504 with the agreed text. Other failures stay a 500."""
    partner.quote_gate.open()
    partner.customer_gate.open()
    quote, customer = inputs.choice(list(partner.quotes)), inputs.choice(list(partner.customers))
    paths = (f"/quotes/{quote}", f"/customers/{customer}/terms")
    for path in paths:
        await client.get(path)  # what is known from before is no answer

    timeout = Reply.json({"error": "failing"}, 504)
    failure = Reply.json({"error": "failing"}, 503)
    before = "the same was asked for before"
    for words, failing, answer in (
        *[(f"{before}; now the partner answers 504", timeout, NOT_IN_TIME)] * TIMEOUTS,
        (f"after {TIMEOUTS} times 504, the partner answers 503", failure, None),
        ("now the partner breaks the connection", Reply.reset(), None),
    ):
        upstream.on("GET", "/quotes/{quote_id}", failing)
        upstream.on("GET", "/customers/{customer_id}", failing)
        for path in paths:
            calls = len(upstream.requests)
            begin(host, words)
            response = await client.get(path)
            if answer is None:
                expect(response).status(500, because="Any other failure stays a 500.")
            else:
                expect(response).status(504).json(answer)
            expect_calls(host, upstream, calls, 1)

    upstream.on("GET", "/quotes/{quote_id}", partner.answer_quote)
    begin(host, "the partner works again")
    expect(await client.get(paths[0])).status(200).json(partner.quote(quote), because=OWN_CALL)


@criterion(task=3, waits_for=test_terms_overlap_at_partner)
async def test_any_answer_is_passed_on(oracle: Oracle) -> None:
    """The app passes on any answer of the partner as the task says."""
    await oracle.compare()
