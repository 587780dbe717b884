"""An order that counts in whole hundredths: paisa, and percent."""

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    computed_field,
)


def read_hundredths(value: Any) -> int:
    """Read a JSON number or a string, such as 0.1 or "0.10", without a float in between."""
    text = str(value) if isinstance(value, int | float | str) and value is not True else ""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", text):
        raise ValueError("This is no number with at most two decimals.")
    whole, _, decimals = text.partition(".")
    return int(whole) * 100 + int(decimals.ljust(2, "0"))


def write_hundredths(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}"


Hundredths = Annotated[
    int,
    BeforeValidator(read_hundredths),
    PlainSerializer(write_hundredths, return_type=str),
    WithJsonSchema({"type": "string"}, mode="serialization"),
]
Written = Annotated[int, PlainSerializer(write_hundredths, return_type=str)]


def check_digits(pincode: str) -> str:
    if not (pincode.isascii() and pincode.isdigit()):
        raise ValueError("A pincode has the digits 0 to 9.")
    return pincode


class Model(BaseModel, extra="forbid"):
    pass


class Address(Model):
    street: Annotated[str, StringConstraints(min_length=1)]
    city: Annotated[str, StringConstraints(min_length=1)]
    pincode: Annotated[
        str, StringConstraints(min_length=6, max_length=6), AfterValidator(check_digits)
    ]


class Item(Model):
    sku: Annotated[str, StringConstraints(min_length=1)]
    quantity: int = Field(ge=1, le=999)
    price: Annotated[Hundredths, Field(le=100_000_00)]
    discount: Annotated[Hundredths, Field(le=100)] = 0

    @computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> Written:
        return (self.quantity * self.price * (100 - self.discount) + 50) // 100


class OrderDraft(Model):
    items: list[Item] = Field(min_length=1)
    ship_to: list[Address] = Field(default_factory=list)


class Order(OrderDraft):
    id: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> Written:
        return sum(item.total for item in self.items)
