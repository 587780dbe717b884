"""The API of the payment service: two ways to charge a card."""

from typing import Annotated

from fastapi import FastAPI, Header, Response

from .errors import HANDLERS
from .idempotency import charge_once
from .models import Draft
from .security import Client
from .store import lifespan

app = FastAPI(title="Market payments", lifespan=lifespan, exception_handlers=HANDLERS)

Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


@app.post("/payments", status_code=201)
async def create_payment(draft: Draft, client: Client, key: Key) -> Response:
    return await charge_once(f"{client}:{key}", "payment", draft)


@app.post("/deposits", status_code=201)
async def create_deposit(draft: Draft, client: Client, key: Key) -> Response:
    return await charge_once(f"{client}:{key}", "deposit", draft)
