"""Cursors: what a request says of its page, read and checked by a class."""

import hmac
import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import HTTPException, Query

from .schemas import Currency
from .settings import get_cursor_key


def seal(*values: Any) -> str:
    text = json.dumps(values).encode().hex()
    return f"{hmac.new(get_cursor_key(), text.encode(), 'sha512').hexdigest()}~{text}"


class PageRequest:
    def __init__(
        self,
        cursor: Annotated[str | None, Query()] = None,
        currency: Annotated[Currency | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> None:
        self.currency = currency
        self.limit = limit
        self.direction, self.key = "next", None
        if cursor is not None:
            self.direction, self.key = self.open(cursor)

    def open(self, cursor: str) -> tuple[str, tuple[datetime, int]]:
        try:
            direction, currency, moment, number = json.loads(bytes.fromhex(cursor[129:]))
            same = seal(direction, currency, moment, number) == cursor
        except ValueError:
            same = False
        if not same or currency != self.currency:
            raise HTTPException(422, "Unknown cursor")
        return direction, (datetime.fromisoformat(moment), number)

    def link(self, direction: str, payment: Any) -> str:
        return seal(direction, self.currency, payment.created_at.isoformat(), payment.id)
