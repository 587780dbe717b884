"""Reservations: they take items out of the stock, tell the customer, and are remembered."""

from collections import deque

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


_recent: dict[str, deque[Reservation]] = {}


def list_recent(customer: str) -> list[Reservation]:
    """Give the last reservations of a customer, the newest first."""
    return list(_recent.get(customer, ()))


async def reserve(customer: str, draft: ReservationDraft) -> Reservation:
    """Reserve items for a customer."""

    def take(left: int) -> int:  # a plain function: nobody else's request comes into it
        if left < draft.quantity:
            raise HTTPException(409, "Not enough items.")
        return left - draft.quantity

    left = await store.change(draft.product, take)
    if left is None:
        raise HTTPException(404, "No such product.")

    number = await notifier.send(customer, draft.product, draft.quantity)
    reservation = Reservation(
        product=draft.product,
        quantity=draft.quantity,
        left=left,
        confirmation=f"{customer}-{number}",
    )
    _recent.setdefault(customer, deque(maxlen=20)).appendleft(reservation)
    return reservation
