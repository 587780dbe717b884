"""An order: what a customer asks for, where it goes, and what it costs in rupees."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, computed_field

PAISA = Decimal("0.01")


def round_to_paisa(amount: Decimal) -> Decimal:
    """Give an amount with exactly two decimals; a half paisa goes up."""
    return amount.quantize(PAISA, ROUND_HALF_UP)


Text = Annotated[str, Field(min_length=1)]
Price = Annotated[
    Decimal, Field(ge=0, le=100_000, decimal_places=2), AfterValidator(round_to_paisa)
]
Share = Annotated[Decimal, Field(ge=0, le=1, decimal_places=2), AfterValidator(round_to_paisa)]


class Strict(BaseModel):
    """What a customer sends: other keys are mistakes, a total above all."""

    model_config = ConfigDict(extra="forbid")


class Address(Strict):
    street: Text
    city: Text
    # No \d, which takes the digits of every script.
    pincode: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class Item(Strict):
    sku: Text
    quantity: Annotated[int, Field(ge=1, le=999)]
    price: Price
    discount: Share = Decimal("0.00")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> Decimal:
        return round_to_paisa(self.quantity * self.price * (1 - self.discount))


class OrderDraft(Strict):
    items: Annotated[list[Item], Field(min_length=1)]
    ship_to: list[Address] = []


class Order(OrderDraft):
    """An order that was placed."""

    id: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> Decimal:
        return sum((item.total for item in self.items), Decimal("0.00"))
