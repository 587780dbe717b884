"""An order: what a customer asks for, where it goes, and what it costs in rupees."""

from typing import Self

from pydantic import BaseModel, Field, model_validator


# TODO 3: take the addresses that a postman finds.
class Address(BaseModel):
    street: str
    city: str
    pincode: str = Field(pattern=r"^\d{6}$")


# TODO 1: count in paisa.
# TODO 2: refuse what cannot be sold.
class Item(BaseModel):
    sku: str
    quantity: int
    price: float
    discount: float = 0
    total: float = 0

    @model_validator(mode="after")
    def fill_total(self) -> Self:
        self.total = self.quantity * self.price * (1 - self.discount)
        return self


class OrderDraft(BaseModel):
    items: list[Item]
    ship_to: list[Address] = []


class Order(OrderDraft):
    """An order that was placed."""

    id: int
    total: float = 0

    @model_validator(mode="after")
    def fill_total(self) -> Self:
        self.total = sum(item.total for item in self.items)
        return self
