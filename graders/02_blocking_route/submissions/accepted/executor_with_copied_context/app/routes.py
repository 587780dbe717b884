"""The routes: health, shipping quotes and payment terms; the partner's client does the lookups."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from .legacy import Customer, Quote, fetch_customer, fetch_quote

router = APIRouter()

partner_pool = ThreadPoolExecutor(max_workers=20, thread_name_prefix="partner")
Answer = TypeVar("Answer")


async def ask_partner(fetch: Callable[[str], Answer], key: str) -> Answer:
    """Run one lookup in the partner's pool, with the current user still known there."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(partner_pool, copy_context().run, fetch, key)


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
    """Pass on what the partner asks for a shipment now."""
    return await ask_partner(fetch_quote, quote_id)


async def find_customer(customer_id: str) -> Customer:
    """Look up the customer named in the path."""
    return await ask_partner(fetch_customer, customer_id)


@router.get("/customers/{customer_id}/terms")
async def read_terms(customer: Annotated[Customer, Depends(find_customer)]) -> Terms:
    """Give gold customers a month to pay, everybody else two weeks."""
    return Terms(customer=customer.name, payment_days=30 if customer.tier == "gold" else 14)
