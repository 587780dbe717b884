"""The webhook: the payment provider sends events, and the ledger books them."""

from fastapi import FastAPI

from .events import CardPaid, Event, Refunded, UpiPaid
from .ledger import Entry, Ledger

app = FastAPI(title="Ticket shop")
ledger = Ledger()


def book(event: Event) -> Entry:
    match event:
        case CardPaid():
            return ledger.charge_card(event.id, event.amount, event.last4)
        case UpiPaid():
            return ledger.collect_upi(event.id, event.amount, event.vpa)
        case Refunded():
            return ledger.pay_back(event.id, event.amount, event.payment, event.reason)


@app.get("/entries")
async def list_entries() -> list[Entry]:
    return ledger.list()


@app.post("/events", status_code=201)
async def take_event(event: Event) -> Entry:
    return book(event)


@app.post("/events/list", status_code=201)
async def take_events(events: list[Event]) -> list[Entry]:
    return [book(event) for event in events]
