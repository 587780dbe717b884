"""Models: what a stall sends to have a card charged, and what it gets for it."""

from decimal import Decimal

from pydantic import BaseModel, Field, JsonValue


class Draft(BaseModel):
    """What to charge, in euros; `card` is a token of the gateway, never a card's number."""

    order: str = Field(min_length=1, max_length=40)
    amount: Decimal = Field(gt=0, max_digits=8, decimal_places=2)
    card: str = Field(pattern=r"^tok_\w{1,40}$")


class Receipt(BaseModel):
    """What was charged; `id` is the gateway's id of the charge."""

    id: str
    purpose: str
    order: str
    amount: Decimal


class Answer(BaseModel):
    """What a client is told, ready to be made a response."""

    status_code: int
    body: JsonValue
    headers: dict[str, str] = {}
