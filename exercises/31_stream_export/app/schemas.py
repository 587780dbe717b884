"""Schemas: the shapes of bodies and answers."""

from datetime import date

from pydantic import BaseModel, ConfigDict, PositiveInt


class OrderDraft(BaseModel):
    """An order as a shop sends it."""

    customer: str
    note: str | None = None
    cents: PositiveInt
    placed_on: date


class ExportedOrder(BaseModel):
    """The fields of an order that an export shows."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    customer: str
    note: str | None
    cents: int
    placed_on: date
