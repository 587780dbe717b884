"""What the payment provider tells: one model for each type of event, told apart by `type`."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Text = Annotated[str, Field(min_length=1, max_length=80)]
Paise = Annotated[int, Field(gt=0)]


class CardPaid(BaseModel):
    """Somebody paid by card."""

    type: Literal["card", "CARD", "card_v2"]
    id: Text
    amount: Paise
    last4: Annotated[str, Field(pattern="^[0-9]{4}$")]


class UpiPaid(BaseModel):
    """Somebody paid by UPI, from an address such as `asha@bank`."""

    type: Literal["upi", "UPI", "upi_collect"]
    id: Text
    amount: Paise
    vpa: Annotated[str, Field(pattern="^[^@]+@[^@]+$")]


class Refunded(BaseModel):
    """A payment is paid back."""

    type: Literal["refund", "REFUND"]
    id: Text
    amount: Paise
    payment: Text
    reason: str | None = None


Event = Annotated[CardPaid | UpiPaid | Refunded, Field(discriminator="type")]
