"""The webhook: the payment provider sends events, and the ledger books them."""

from functools import singledispatch
from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from .events import CardPaid, Event, Refunded, UpiPaid
from .ledger import Entry, Ledger

ledger = Ledger()


class Documented(FastAPI):
    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        models = [(model, "validation") for model in (CardPaid, UpiPaid, Refunded)]
        _, schema = models_json_schema(models, ref_template="#/components/schemas/{model}")
        document["components"]["schemas"].update(schema["$defs"])
        return document


app = Documented(title="Ticket shop")


@singledispatch
def book(event: object) -> Entry:
    raise NotImplementedError(type(event))


@book.register
def _(event: CardPaid) -> Entry:
    return ledger.charge_card(event.id, event.amount, event.last4)


@book.register
def _(event: UpiPaid) -> Entry:
    return ledger.collect_upi(event.id, event.amount, event.vpa)


@book.register
def _(event: Refunded) -> Entry:
    return ledger.pay_back(event.id, event.amount, event.payment, event.reason)


@app.get("/entries")
def list_entries() -> list[Entry]:
    return ledger.list()


@app.post("/events", status_code=201)
def take_event(event: Event) -> Entry:
    return book(event)


@app.post("/events/list", status_code=201)
def take_events(events: list[Event]) -> list[Entry]:
    return [book(event) for event in events]
