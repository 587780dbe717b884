"""The webhook: the payment provider sends events, and the ledger books them."""

from typing import Any

from fastapi import FastAPI

from .events import CardPaid, Refunded, UpiPaid
from .ledger import Entry, Ledger

app = FastAPI(title="Ticket shop")
ledger = Ledger()


@app.get("/entries")
async def list_entries() -> list[Entry]:
    return ledger.list()


# TODO 2: refuse a type that is none.
# TODO 5: let the document tell the models apart.
@app.post("/events", status_code=201)
async def take_event(body: dict[str, Any]) -> Entry:
    if "type" in body and body["type"] == "upi":
        upi = UpiPaid(**body)
        return ledger.collect_upi(upi.id, upi.amount, upi.vpa)
    if "payment" in body:
        refund = Refunded(**body)
        return ledger.pay_back(refund.id, refund.amount, refund.payment, refund.reason)
    card = CardPaid(**body)
    return ledger.charge_card(card.id, card.amount, card.last4)


@app.post("/events/list", status_code=201)
async def take_events(bodies: list[dict[str, Any]]) -> list[Entry]:
    # TODO 4: book all of a list or nothing.
    return [await take_event(body) for body in bodies]
