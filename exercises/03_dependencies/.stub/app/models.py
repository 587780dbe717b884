"""Models: the shapes of rows and bodies. They neither read nor write anything."""

import math

from pydantic import BaseModel, Field


class Customer(BaseModel):
    """A customer; `limit` is the most pieces they may have on order."""

    id: int
    name: str
    limit: int


class OrderDraft(BaseModel):
    """What a client sends to place an order."""

    item: str = Field(min_length=1, max_length=80)
    pieces: int = Field(ge=1, le=100_000)
    boxes: int = Field(ge=1, le=1_000)


class Order(BaseModel):
    """An order as it is stored."""

    id: int
    customer_id: int
    item: str
    pieces: int
    boxes: int

    def count_pieces_per_box(self) -> int:
        """Say how many pieces go into each box; the last one may hold fewer."""
        return math.ceil(self.pieces / self.boxes)


class OrderDetails(Order):
    """An order with what the packers need to know."""

    pieces_per_box: int


class CustomerOrders(BaseModel):
    """A customer's name and everything they have on order."""

    customer: str
    orders: list[Order]
