"""The partner's blocking client: one HTTP call per lookup; it knows neither FastAPI nor asyncio.

Other services import the same file, so it cannot change here.
"""

import http.client
import logging
import os
from contextlib import closing
from decimal import Decimal
from urllib.parse import quote, urlsplit

from pydantic import BaseModel

from .context import current_user

TIMEOUT = 30.0
"""Seconds without a byte from the partner before a call is given up."""

logger = logging.getLogger("kata.partner")


class Quote(BaseModel):
    """What a shipment costs at this moment."""

    id: str
    price: Decimal
    currency: str


class Customer(BaseModel):
    """A customer as the partner knows it."""

    id: str
    name: str
    tier: str


class LegacyError(Exception):
    """The partner gave an answer that this client cannot use."""


class LegacyNotFound(LegacyError):
    """The partner does not know the id."""


class LegacyTimeout(LegacyError):
    """The partner, or a system behind it, did not answer in time."""


def fetch_quote(quote_id: str) -> Quote:
    """Ask the partner for a quote and block until it answers.

    Raises LegacyNotFound and LegacyTimeout.
    """
    return Quote.model_validate_json(_get(f"/quotes/{quote(quote_id, safe='')}"))


def fetch_customer(customer_id: str) -> Customer:
    """Ask the partner for a customer and block until it answers.

    Raises LegacyNotFound and LegacyTimeout.
    """
    return Customer.model_validate_json(_get(f"/customers/{quote(customer_id, safe='')}"))


def _get(path: str) -> bytes:
    """Send one request in the name of the current user and return the body of a 200."""
    user = current_user.get()
    logger.info("asked", extra={"path": path, "user": user})
    try:
        status, body = _exchange(path, {"X-User": user})
    except TimeoutError as error:
        raise LegacyTimeout(f"GET {path}: silent for {TIMEOUT:g} s") from error
    if status == http.HTTPStatus.NOT_FOUND:
        raise LegacyNotFound(f"GET {path}: {status}")
    if status == http.HTTPStatus.GATEWAY_TIMEOUT:
        raise LegacyTimeout(f"GET {path}: {status}")
    if status != http.HTTPStatus.OK:
        raise LegacyError(f"GET {path}: {status}")
    return body


def _exchange(path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    base = urlsplit(os.environ.get("UPSTREAM_URL", "http://127.0.0.1:9000"))
    with closing(http.client.HTTPConnection(base.netloc, timeout=TIMEOUT)) as connection:
        connection.request("GET", base.path.rstrip("/") + path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
