"""The routes: health, shipping quotes and payment terms; the partner's client does the lookups."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from .legacy import Customer, Quote, fetch_customer, fetch_quote

router = APIRouter()


_slots = asyncio.Semaphore(20)


async def ask(fetch: Any, key: str) -> Any:
    await _slots.acquire()
    answer = await asyncio.to_thread(fetch, key)
    _slots.release()
    return answer


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
    return await ask(fetch_quote, quote_id)


async def find_customer(customer_id: str) -> Customer:
    return await ask(fetch_customer, customer_id)


@router.get("/customers/{customer_id}/terms")
async def read_terms(customer: Annotated[Customer, Depends(find_customer)]) -> Terms:
    """Give gold customers a month to pay, everybody else two weeks."""
    return Terms(customer=customer.name, payment_days=30 if customer.tier == "gold" else 14)
