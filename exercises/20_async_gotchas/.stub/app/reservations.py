"""Reservations: they take items out of the stock, tell the customer, and are remembered."""

from fastapi import HTTPException
from pydantic import BaseModel, PositiveInt

from . import notifier, store


class ReservationDraft(BaseModel):
    product: str
    quantity: PositiveInt = 1


class Reservation(BaseModel):
    product: str
    quantity: int
    left: int
    confirmation: str


recent: list[Reservation] = []


async def reserve(customer: str, draft: ReservationDraft) -> Reservation:
    """Reserve items for a customer."""
    # TODO 1: of two reservations at the same moment, one is not counted.
    left = await store.read(draft.product)
    if left is None:
        raise HTTPException(404, "No such product.")
    if left < draft.quantity:
        raise HTTPException(409, "Not enough items.")
    left -= draft.quantity
    await store.write(draft.product, left)

    number = notifier.send(customer, draft.product, draft.quantity)
    reservation = Reservation(
        product=draft.product,
        quantity=draft.quantity,
        left=left,
        confirmation=f"{customer}-{number}",
    )
    recent.insert(0, reservation)
    return reservation
