"""Cursors: packed numbers, with a signature that also covers the currency of the list."""

import hmac
import struct
from datetime import UTC, datetime, timedelta

from .settings import get_cursor_key

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FORM = struct.Struct(">?qq")


def write(currency: str | None, backwards: bool, moment: datetime, number: int) -> str:
    packed = FORM.pack(backwards, (moment - EPOCH) // timedelta(microseconds=1), number)
    signed = packed + (currency or "").encode()
    return (packed + hmac.digest(get_cursor_key(), signed, "sha256")[:16]).hex()


def read(cursor: str, currency: str | None) -> tuple[bool, datetime, int] | None:
    try:
        backwards, microseconds, number = FORM.unpack_from(bytes.fromhex(cursor))
        moment = EPOCH + timedelta(microseconds=microseconds)
        same = hmac.compare_digest(write(currency, backwards, moment, number), cursor)
    except (ValueError, OverflowError, TypeError, struct.error):
        return None
    return (backwards, moment, number) if same else None
