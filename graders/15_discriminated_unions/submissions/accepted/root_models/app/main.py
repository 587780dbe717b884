"""The webhook: the payment provider sends events, and each of them is booked in its own way."""

from fastapi import FastAPI

from .events import Event, Events
from .ledger import Entry, Ledger

app = FastAPI(title="Ticket shop")
ledger = Ledger()


@app.get("/entries")
async def list_entries() -> list[Entry]:
    return ledger.list()


@app.post("/events", status_code=201)
async def take_event(event: Event) -> Entry:
    return event.root.book(ledger)


@app.post("/events/list", status_code=201)
async def take_events(events: Events) -> list[Entry]:
    return [event.root.book(ledger) for event in events.root]
