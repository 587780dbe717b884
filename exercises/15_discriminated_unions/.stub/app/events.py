"""What the payment provider tells: one model for each type of event."""

from typing import Annotated

from pydantic import BaseModel, Field

Text = Annotated[str, Field(min_length=1, max_length=80)]
Paise = Annotated[int, Field(gt=0)]


# TODO 1: let the type decide which of the models an event is checked by.
# TODO 3: let each model know its old spellings.
class CardPaid(BaseModel):
    """Somebody paid by card."""

    type: str
    id: Text
    amount: Paise
    last4: Annotated[str, Field(pattern="^[0-9]{4}$")]


class UpiPaid(BaseModel):
    """Somebody paid by UPI, from an address such as `asha@bank`."""

    type: str
    id: Text
    amount: Paise
    vpa: Annotated[str, Field(pattern="^[^@]+@[^@]+$")]


class Refunded(BaseModel):
    """A payment is paid back."""

    type: str
    id: Text
    amount: Paise
    payment: Text
    reason: str | None = None
