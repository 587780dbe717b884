"""The routes: health, shipping quotes and payment terms; the partner's client does the lookups."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel

from .legacy import (
    Customer,
    LegacyNotFound,
    LegacyTimeout,
    Quote,
    fetch_customer,
    fetch_quote,
)

router = APIRouter()


class Terms(BaseModel):
    """How many days a customer has to pay."""

    customer: str
    payment_days: int


@router.get("/health")
async def read_health() -> dict[str, str]:
    """Tell the load balancer that this instance may stay in rotation; needs no worker thread."""
    return {"status": "ok"}


def find_quote(quote_id: str) -> Quote:
    """Look up the quote named in the path."""
    try:
        return fetch_quote(quote_id)
    except LegacyNotFound as error:
        raise HTTPException(404, "The partner does not know this id.") from error
    except LegacyTimeout as error:
        raise HTTPException(504, "The partner did not answer in time.") from error


@router.get("/quotes/{quote_id}")
async def read_quote(quote: Annotated[Quote, Depends(find_quote)]) -> Quote:
    """Pass on what the partner asks for a shipment now."""
    return quote


def find_customer(customer_id: str) -> Customer:
    """Look up the customer named in the path."""
    try:
        return fetch_customer(customer_id)
    except LegacyNotFound as error:
        raise HTTPException(404, "The partner does not know this id.") from error
    except LegacyTimeout as error:
        raise HTTPException(504, "The partner did not answer in time.") from error


@router.get("/customers/{customer_id}/terms")
async def read_terms(customer: Annotated[Customer, Depends(find_customer)]) -> Terms:
    """Give gold customers a month to pay, everybody else two weeks."""
    return Terms(customer=customer.name, payment_days=30 if customer.tier == "gold" else 14)
