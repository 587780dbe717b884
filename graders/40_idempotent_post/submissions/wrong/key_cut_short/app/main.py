"""The API of the payment service: two ways to charge a card."""

from typing import Annotated

from fastapi import FastAPI, Header, Response

from .errors import HANDLERS
from .idempotency import charge_once
from .models import Draft
from .security import Client
from .store import Store, lifespan

app = FastAPI(title="Market payments", lifespan=lifespan, exception_handlers=HANDLERS)

LONGEST = 64  # what the column takes
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


@app.post("/payments", status_code=201)
async def create_payment(draft: Draft, client: Client, store: Store, key: Key) -> Response:
    return await charge_once(store, f"{client}:{key[:LONGEST]}", "payment", draft)


@app.post("/deposits", status_code=201)
async def create_deposit(draft: Draft, client: Client, store: Store, key: Key) -> Response:
    return await charge_once(store, f"{client}:{key[:LONGEST]}", "deposit", draft)
