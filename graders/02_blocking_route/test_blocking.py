"""Grader of 02_blocking_route: the partner holds its callers, so that nothing is timed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import pytest

from dojo.grader import (
    Failure,
    Host,
    Rendezvous,
    SeededInputs,
    criterion,
    expect,
    expect_answer,
    meet,
    same_json,
)
from dojo.harness.barriers import Barrier
from dojo.harness.upstream import Received, Upstream
from dojo.harness.upstream_protocol import Reply

PARTNER = "the partner"
OTHERS = "While one request waits for the partner, the app has to serve the others."
OWN_CALL = "Each request has a call of its own to the partner; nothing is cached or shared."
FAILURES = 41
"""More failures in a row than FastAPI has threads, should each of them cost a place."""
NOT_FOUND = {"detail": "The partner does not know this id."}
NOT_IN_TIME = {"detail": "The partner did not answer in time."}


@dataclass
class Partner:
    """What the partner knows, and the barriers at which it holds its callers."""

    quotes: dict[str, Decimal] = field(default_factory=dict)
    customers: dict[str, tuple[str, str]] = field(default_factory=dict)
    quote_gate: Barrier = field(default_factory=Barrier)
    customer_gate: Barrier = field(default_factory=Barrier)

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
        return Reply.json(self.quote(quote_id))

    def answer_customer(self, request: Received) -> Reply:
        """Answer `GET /customers/{customer_id}`."""
        customer_id = request.path_parameters["customer_id"]
        if customer_id not in self.customers:
            return Reply.json({"error": "unknown"}, status=404)
        name, tier = self.customers[customer_id]
        return Reply.json({"id": customer_id, "name": name, "tier": tier})


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


async def ask_for_quotes(client: httpx.AsyncClient, host: Host, partner: Partner) -> Rendezvous:
    """Ask for every quote at once."""
    requests = [client.get(f"/quotes/{quote}") for quote in partner.quotes]
    return await meet(host, partner.quote_gate, *requests)


def named(user: str) -> Mapping[str, str]:
    """Give the header that names the user."""
    return {"X-User-Id": user}


@criterion(task=1)
async def test_quotes_overlap_at_partner(
    client: httpx.AsyncClient, host: Host, partner: Partner
) -> None:
    """Three quotes asked for at once are all inside the partner at the same moment."""
    rendezvous = await ask_for_quotes(client, host, partner)

    rendezvous.expect_all_inside(PARTNER, OTHERS)
    for response in await rendezvous.part():
        expect(response).status(200)


@criterion(task=1)
async def test_health_answers_during_quotes(
    client: httpx.AsyncClient, host: Host, partner: Partner
) -> None:
    """While three quotes wait for the partner, `/health` answers."""
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
    client: httpx.AsyncClient, host: Host, partner: Partner
) -> None:
    """Three terms and three quotes are inside the partner at once, while `/health` answers."""
    quotes = await ask_for_quotes(client, host, partner)
    requests = [client.get(f"/customers/{customer}/terms") for customer in partner.customers]
    rendezvous = await meet(host, partner.customer_gate, *requests)

    rendezvous.expect_all_inside(PARTNER, OTHERS)
    await expect_health(client, host, "while terms wait for the partner")
    await quotes.part()
    for customer, response in zip(partner.customers, await rendezvous.part(), strict=True):
        expect(response).status(200).json(partner.terms(customer))


@criterion(task=1, waits_for=test_quotes_overlap_at_partner)
async def test_answers_carry_own_data(
    client: httpx.AsyncClient,
    host: Host,
    upstream: Upstream,
    partner: Partner,
    inputs: SeededInputs,
) -> None:
    """Every answer holds what the partner says now, in a call of its own, about its own id."""
    rounded = inputs.choice(list(partner.quotes))
    partner.quotes[rounded] = round(partner.quotes[rounded], 1) + Decimal("0.00")
    rendezvous = await ask_for_quotes(client, host, partner)
    for quote, response in zip(partner.quotes, await rendezvous.part(), strict=True):
        expect(response).status(200).json(partner.quote(quote))

    quote = inputs.choice(list(partner.quotes))
    partner.quotes[quote] += 1
    fresh = await client.get(f"/quotes/{quote}")
    expect(fresh).status(200).json(partner.quote(quote), because="Prices change by the minute.")

    again = Barrier()
    upstream.on("GET", "/quotes/{quote_id}", partner.answer_quote, barrier=again)
    calls = len(upstream.requests)
    await (await meet(host, again, *[client.get(f"/quotes/{quote}") for _ in range(2)])).part()
    expect_calls(host, upstream, calls + 2)

    partner.customer_gate.open()
    customer = inputs.choice(list(partner.customers))
    for tier in ("gold", inputs.word()):
        partner.customers[customer] = (partner.customers[customer][0], tier)
        terms = await client.get(f"/customers/{customer}/terms")
        expect(terms).status(200).json(partner.terms(customer))


def expect_calls(host: Host, upstream: Upstream, calls: int) -> None:
    """Expect that the partner was called so many times until now."""
    if len(upstream.requests) != calls:
        seen = f"{len(upstream.requests)} calls"
        raise Failure(f"{calls} calls of the partner", seen, list(host.history), OWN_CALL)


@criterion(task=1, waits_for=test_quotes_overlap_at_partner)
async def test_partner_learns_own_user(
    client: httpx.AsyncClient,
    host: Host,
    upstream: Upstream,
    partner: Partner,
    inputs: SeededInputs,
) -> None:
    """The partner hears with each call the id of the user who made it."""
    users = {f"/quotes/{quote}": inputs.word() for quote in partner.quotes}
    requests = [client.get(path, headers=named(user)) for path, user in users.items()]
    await (await meet(host, partner.quote_gate, *requests)).part()

    for_terms = {f"/customers/{customer}": inputs.word() for customer in partner.customers}
    requests = [
        client.get(f"{path}/terms", headers=named(user)) for path, user in for_terms.items()
    ]
    await (await meet(host, partner.customer_gate, *requests)).part()

    nobody = f"q-{inputs.number()}-0"
    await client.get(f"/quotes/{nobody}")
    users |= for_terms | {f"/quotes/{nobody}": "anonymous"}
    heard = {each.path: dict(each.headers).get("x-user") for each in upstream.requests}
    for path, user in users.items():
        if not same_json(heard.get(path), user):
            raise Failure(
                f"the partner hears 'X-User: {user}' with its call of {path}",
                f"it hears '{heard.get(path)}'",
                list(host.history),
                "The user is kept in a context variable, which has to travel with the call.",
            )


@criterion(task=3)
async def test_unknown_ids_answer_404(
    client: httpx.AsyncClient, host: Host, partner: Partner, inputs: SeededInputs
) -> None:
    """An id the partner does not know is answered with 404 and the agreed text, while unknown."""
    partner.quote_gate.open()
    partner.customer_gate.open()
    unknown = f"x-{inputs.number()}"
    moment = "after many ids that the partner does not know"

    expect(await client.get(f"/customers/{unknown}/terms")).status(404).json(NOT_FOUND)
    for _ in range(FAILURES):
        refused = await expect_answer(host, client.get(f"/quotes/{unknown}"), moment)
        expect(refused).status(404).json(NOT_FOUND)
    partner.quotes[unknown] = inputs.price()
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
    """A partner that gives up is a 504 with the agreed text; any other failure stays a 500."""
    partner.quote_gate.open()
    partner.customer_gate.open()
    quote, customer = inputs.choice(list(partner.quotes)), inputs.choice(list(partner.customers))
    paths = (f"/quotes/{quote}", f"/customers/{customer}/terms")
    for path in paths:
        await client.get(path)  # what is known from before is no answer

    timeout = Reply.json({"error": "failing"}, 504)
    failure = Reply.json({"error": "failing"}, 503)
    answers = (timeout, NOT_IN_TIME), (timeout, NOT_IN_TIME), (failure, None), (Reply.reset(), None)
    for failing, answer in answers:
        upstream.on("GET", "/quotes/{quote_id}", failing)
        upstream.on("GET", "/customers/{customer_id}", failing)
        for path in paths:
            calls = len(upstream.requests)
            response = await client.get(path)
            if answer is None:
                expect(response).status(500, because="Any other failure stays a 500.")
            else:
                expect(response).status(504).json(answer)
            expect_calls(host, upstream, calls + 1)

    upstream.on("GET", "/quotes/{quote_id}", partner.answer_quote)
    expect(await client.get(paths[0])).status(200).json(partner.quote(quote), because=OWN_CALL)
