"""The API of the payment service: two ways to charge a card."""

from typing import Annotated

from fastapi import FastAPI, Header, Response

from .errors import HANDLERS
from .idempotency import charge_once
from .models import Draft
from .security import Client
from .store import Store, lifespan

app = FastAPI(title="Market payments", lifespan=lifespan, exception_handlers=HANDLERS)

# TODO 2: any text is a key, and nobody asks whose it is and what it was used for.
Key = Annotated[str, Header(alias="Idempotency-Key")]


@app.post("/payments", status_code=201)
async def create_payment(draft: Draft, client: Client, store: Store, key: Key) -> Response:
    return await charge_once(store, key, "payment", draft)


@app.post("/deposits", status_code=201)
async def create_deposit(draft: Draft, client: Client, store: Store, key: Key) -> Response:
    return await charge_once(store, key, "deposit", draft)
