"""The payment gateway: charges cards and looks charges up, over HTTP; it never tries twice.

A charge made with a key is remembered by the gateway for 24 hours. Who sends that key again gets
the first charge once more, and the card is not charged a second time, even if both calls are
under way together. Declines and failures are not remembered.
"""

import asyncio
import http.client
import json
import os
from contextlib import closing
from decimal import Decimal
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from pydantic import BaseModel

TIMEOUT = 30.0
"""Seconds without a byte from the gateway before a call is given up."""


class Charge(BaseModel):
    """A card that was charged."""

    id: str


class GatewayError(Exception):
    """The gateway did not do what it was asked for."""


class CardDeclined(GatewayError):
    """The card was not charged because its bank says no; the text says why."""


class GatewayUnavailable(GatewayError):
    """The gateway refused to work. Nothing was charged."""


class OutcomeUnknown(GatewayError):
    """The line broke or the time was up. The card may have been charged, or not."""


async def charge(amount: Decimal, card: str, key: str | None = None) -> Charge:
    """Charge a card, in euros.

    Raises CardDeclined, GatewayUnavailable and OutcomeUnknown.
    """
    headers = {"Content-Type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    body = json.dumps({"amount": str(amount), "card": card})
    status, text = await asyncio.to_thread(_send, "POST", "/charges", body, headers)
    if status == HTTPStatus.PAYMENT_REQUIRED:
        raise CardDeclined(json.loads(text)["reason"])
    if status != HTTPStatus.CREATED:
        raise GatewayError(f"POST /charges: {status}")
    return Charge.model_validate_json(text)


async def find_charge(key: str) -> Charge | None:
    """Give the charge that was made with a key; `None` if there is none so far.

    Raises GatewayUnavailable and OutcomeUnknown.
    """
    path = f"/charges?key={quote(key, safe='')}"
    status, text = await asyncio.to_thread(_send, "GET", path, None, {})
    if status == HTTPStatus.NOT_FOUND:
        return None
    if status != HTTPStatus.OK:
        raise GatewayError(f"GET {path}: {status}")
    return Charge.model_validate_json(text)


def _send(method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, bytes]:
    base = urlsplit(os.environ.get("UPSTREAM_URL", "http://127.0.0.1:9000"))
    with closing(http.client.HTTPConnection(base.netloc, timeout=TIMEOUT)) as connection:
        try:
            connection.connect()
        except OSError as error:
            raise GatewayUnavailable("The payment gateway cannot be reached.") from error
        try:
            connection.request(method, base.path.rstrip("/") + path, body, headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise OutcomeUnknown("The payment gateway did not answer.") from error
    if response.status == HTTPStatus.SERVICE_UNAVAILABLE:
        raise GatewayUnavailable("The payment gateway does not work at the moment.")
    return response.status, text
