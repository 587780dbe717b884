"""The API of the ledger."""

from typing import Annotated

from fastapi import Depends, FastAPI

from .cursors import PageRequest
from .database import Session, lifespan
from .ledger import list_payments
from .schemas import PaymentPage

app = FastAPI(lifespan=lifespan)


@app.get("/payments", response_model=PaymentPage)
async def read_payments(session: Session, asked: Annotated[PageRequest, Depends()]) -> PaymentPage:
    return await list_payments(session, asked)
