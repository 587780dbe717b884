"""What the payment provider tells: each event knows how it is booked."""

from abc import ABC, abstractmethod
from typing import Annotated, Literal

from pydantic import BaseModel, Field, RootModel

from .ledger import Entry, Ledger

Text = Annotated[str, Field(min_length=1, max_length=80)]


class Booked(BaseModel, ABC):
    id: Text
    amount: int = Field(ge=1)

    @abstractmethod
    def book(self, ledger: Ledger) -> Entry: ...


class CardPaid(Booked):
    type: Literal["card", "CARD", "card_v2"]
    last4: str = Field(pattern="^[0-9]{4}$")

    def book(self, ledger: Ledger) -> Entry:
        return ledger.charge_card(self.id, self.amount, self.last4)


class UpiPaid(Booked):
    type: Literal["upi", "UPI", "upi_collect"]
    vpa: str = Field(pattern="^[^@]+@[^@]+$")

    def book(self, ledger: Ledger) -> Entry:
        return ledger.collect_upi(self.id, self.amount, self.vpa)


class Refunded(Booked):
    type: Literal["refund", "REFUND"]
    payment: Text
    reason: str | None = None

    def book(self, ledger: Ledger) -> Entry:
        return ledger.pay_back(self.id, self.amount, self.payment, self.reason)


class Event(RootModel[CardPaid | UpiPaid | Refunded]):
    root: CardPaid | UpiPaid | Refunded = Field(discriminator="type")


class Events(RootModel[list[Event]]):
    pass
