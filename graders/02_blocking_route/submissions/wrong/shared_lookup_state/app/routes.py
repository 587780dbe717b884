"""The routes: health, shipping quotes and payment terms; the partner's client does the lookups."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from .legacy import Customer, Quote, fetch_customer, fetch_quote

router = APIRouter()


class Lookup:
    """What is being asked."""

    quote_id = ""


lookup = Lookup()


class Terms(BaseModel):
    """How many days a customer has to pay."""

    customer: str
    payment_days: int


@router.get("/health")
async def read_health() -> dict[str, str]:
    """Tell the load balancer that this instance may stay in rotation; needs no worker thread."""
    return {"status": "ok"}


@router.get("/quotes/{quote_id}")
async def read_quote(quote_id: str) -> Quote:
    """Pass on what the partner asks for a shipment now, under the id that was asked for."""
    lookup.quote_id = quote_id
    quote = await run_in_threadpool(fetch_quote, quote_id)
    return Quote(id=lookup.quote_id, price=quote.price, currency=quote.currency)


def find_customer(customer_id: str) -> Customer:
    """Look up the customer named in the path; plain `def` because the client blocks."""
    return fetch_customer(customer_id)


@router.get("/customers/{customer_id}/terms")
async def read_terms(customer: Annotated[Customer, Depends(find_customer)]) -> Terms:
    """Give gold customers a month to pay, everybody else two weeks."""
    return Terms(customer=customer.name, payment_days=30 if customer.tier == "gold" else 14)
