"""Schemas: the shapes of answers. The bookkeepers' tool relies on every name and type here."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

Currency = Literal["EUR", "INR", "USD"]


class ListedPayment(BaseModel):
    """A payment as it stands in a page."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    created_at: datetime
    currency: Currency
    amount: int


class PaymentPage(BaseModel):
    """Some payments, the newest first, with the cursors of the pages beside them."""

    payments: list[ListedPayment]
    next: str | None
    prev: str | None
