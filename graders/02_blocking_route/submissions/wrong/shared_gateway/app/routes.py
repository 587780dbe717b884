"""The routes: health, shipping quotes and payment terms; the partner's client does the lookups."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from .context import current_user
from .legacy import Customer, Quote, fetch_customer, fetch_quote

router = APIRouter()


class CustomerGateway:
    """Look up customers in the name of a user."""

    user = "anonymous"

    def begin(self, user: str) -> None:
        self.user = user

    def fetch(self, customer_id: str) -> Customer:
        current_user.set(self.user)
        return fetch_customer(customer_id)


gateway = CustomerGateway()


class Terms(BaseModel):
    """How many days a customer has to pay."""

    customer: str
    payment_days: int


@router.get("/health")
async def read_health() -> dict[str, str]:
    """Tell the load balancer that this instance may stay in rotation; needs no worker thread."""
    return {"status": "ok"}


@router.get("/quotes/{quote_id}")
def read_quote(quote_id: str) -> Quote:
    """Pass on what the partner asks for a shipment now; plain `def` because the client blocks."""
    return fetch_quote(quote_id)


async def find_customer(customer_id: str) -> Customer:
    gateway.begin(current_user.get())
    await asyncio.sleep(0)
    return await asyncio.to_thread(gateway.fetch, customer_id)


@router.get("/customers/{customer_id}/terms")
async def read_terms(customer: Annotated[Customer, Depends(find_customer)]) -> Terms:
    """Give gold customers a month to pay, everybody else two weeks."""
    return Terms(customer=customer.name, payment_days=30 if customer.tier == "gold" else 14)
