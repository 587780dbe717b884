"""The API of the ledger. What a page holds is decided in `ledger`."""

from typing import Annotated

from fastapi import FastAPI, HTTPException, Query

from .cursors import Place, read_cursor
from .database import Session, lifespan
from .ledger import list_payments
from .schemas import Currency, PaymentPage

app = FastAPI(lifespan=lifespan)


@app.get("/payments")
async def read_payments(
    session: Session,
    cursor: str | None = None,
    currency: Currency | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> PaymentPage:
    place = Place(currency=currency) if cursor is None else read_cursor(cursor)
    if place is None or place.currency != currency:
        raise HTTPException(422, "This is no cursor of this list.")
    return await list_payments(session, place, limit)
