"""Orders as they are sent, orders as they are answered, and the step from one to the other."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Annotated

from pydantic import BaseModel, Field, field_validator

BILLING = Context(prec=34, rounding=ROUND_HALF_UP)


class AddressDraft(BaseModel):
    model_config = {"extra": "forbid"}

    street: str = Field(min_length=1)
    city: str = Field(min_length=1)
    pincode: str

    @field_validator("pincode")
    @classmethod
    def check_pincode(cls, pincode: str) -> str:
        if not re.fullmatch("[0-9]{6}", pincode):
            raise ValueError("A pincode has six digits.")
        return pincode


class ItemDraft(BaseModel):
    model_config = {"extra": "forbid"}

    sku: str = Field(min_length=1)
    quantity: int = Field(ge=1, le=999)
    price: Decimal = Field(ge=0, le=100_000, decimal_places=2)
    discount: Decimal = Field(Decimal(0), ge=0, le=1, decimal_places=2)


class OrderDraft(BaseModel):
    model_config = {"extra": "forbid"}

    items: list[ItemDraft] = Field(min_length=1)
    ship_to: list[AddressDraft] = []


ReadOnly = Annotated[Decimal, Field(json_schema_extra={"readOnly": True})]


class Item(BaseModel):
    sku: str
    quantity: int
    price: Decimal
    discount: Decimal
    total: ReadOnly


class Order(BaseModel):
    id: int
    items: list[Item]
    ship_to: list[AddressDraft]
    total: ReadOnly


def to_paisa(amount: Decimal) -> Decimal:
    return BILLING.quantize(amount, Decimal("1.00"))


def bill_item(draft: ItemDraft) -> Item:
    total = to_paisa(draft.price * draft.quantity * (1 - draft.discount))
    price, discount = to_paisa(draft.price), to_paisa(draft.discount)
    return Item(sku=draft.sku, quantity=draft.quantity, price=price, discount=discount, total=total)


def bill(draft: OrderDraft, order_id: int) -> Order:
    items = [bill_item(each) for each in draft.items]
    total = to_paisa(sum((each.total for each in items), Decimal(0)))
    return Order(id=order_id, items=items, ship_to=draft.ship_to, total=total)
