"""The API of the ledger. What a page holds is decided in `ledger`."""

from typing import Annotated

from fastapi import FastAPI, Query

from .database import Session, lifespan
from .ledger import list_payments
from .schemas import Currency, PaymentPage

app = FastAPI(lifespan=lifespan)


@app.get("/payments")
async def read_payments(
    session: Session,
    currency: Currency | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> PaymentPage:
    return await list_payments(session, currency, limit, offset)
