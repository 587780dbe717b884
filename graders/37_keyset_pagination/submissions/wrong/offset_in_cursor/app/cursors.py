"""Cursors: a place in the list of payments, as text for a URL that only this service can make."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from pydantic import BaseModel

from .schemas import Currency
from .settings import get_cursor_key


class Place(BaseModel):
    """How many payments come before a page, or before the one that it ends in front of."""

    currency: Currency | None
    offset: int = 0
    backwards: bool = False


def write_cursor(place: Place) -> str:
    text = urlsafe_b64encode(place.model_dump_json().encode()).decode().rstrip("=")
    return f"{text}.{sign(text)}"


def read_cursor(cursor: str) -> Place | None:
    """Give the place of a cursor, `None` unless this very text is signed: many decode alike."""
    text, _, signature = cursor.rpartition(".")
    if not hmac.compare_digest(signature.encode(), sign(text).encode()):
        return None
    return Place.model_validate_json(urlsafe_b64decode(f"{text}=="))


def sign(text: str) -> str:
    return hmac.digest(get_cursor_key(), text.encode(), "sha256").hex()
