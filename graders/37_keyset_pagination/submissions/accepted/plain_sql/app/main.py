"""The API of the ledger."""

from typing import Annotated

from fastapi import FastAPI, HTTPException, Query

from . import cursors
from .database import Session, lifespan
from .ledger import read_side
from .schemas import Currency, PaymentPage

app = FastAPI(lifespan=lifespan)


@app.get("/payments")
async def read_payments(
    session: Session,
    cursor: str | None = None,
    currency: Currency | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> PaymentPage:
    place = None if cursor is None else cursors.read(cursor, currency)
    if place is None and cursor is not None:
        raise HTTPException(422, "bad cursor")
    backwards = place is not None and place[0]
    found = await read_side(session, currency, limit + 1, place and place[1:], backwards)
    shown = found[:limit][::-1] if backwards else found[:limit]
    page = PaymentPage(payments=shown, next=None, prev=None)
    if not shown:
        return page
    first, last = shown[0], shown[-1]
    later = len(found) > limit
    earlier = False
    if place is not None:
        nearest = last if backwards else first
        key = (nearest.created_at, nearest.id)
        earlier = bool(await read_side(session, currency, 1, key, not backwards))
    if earlier if backwards else later:
        page.next = cursors.write(currency, False, last.created_at, last.id)
    if later if backwards else earlier:
        page.prev = cursors.write(currency, True, first.created_at, first.id)
    return page
