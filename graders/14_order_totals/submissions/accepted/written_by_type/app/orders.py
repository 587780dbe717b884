"""An order whose amounts are written by their type, whatever number of decimals they have."""

from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, computed_field
from pydantic.dataclasses import dataclass

TwoDecimals = PlainSerializer(lambda amount: format(amount, ".2f"), return_type=str)
Amount = Annotated[Decimal, TwoDecimals]


@dataclass(config=ConfigDict(extra="forbid"))
class Address:
    street: Annotated[str, Field(min_length=1)]
    city: Annotated[str, Field(min_length=1)]
    pincode: Annotated[str, Field(pattern="^[0-9][0-9][0-9][0-9][0-9][0-9]$")]


class Base(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Item(Base):
    sku: Annotated[str, Field(min_length=1)]
    quantity: Annotated[int, Field(gt=0, lt=1000)]
    price: Annotated[Amount, Field(ge=0, le=100_000, decimal_places=2)]
    discount: Annotated[Amount, Field(ge=0, le=1, decimal_places=2)] = Decimal(0)

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def total(self) -> Amount:
        exact = self.price * self.quantity * (1 - self.discount)
        return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


class OrderDraft(Base):
    items: Annotated[list[Item], Field(min_length=1)]
    ship_to: list[Address] = []


class Order(OrderDraft):
    id: int

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def total(self) -> Amount:
        return Decimal(sum(item.total for item in self.items))
