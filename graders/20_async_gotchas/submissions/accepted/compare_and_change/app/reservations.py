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


async def take(product: str, quantity: int) -> int:
    """Take items of a product; begin again whenever somebody else was faster."""
    while True:
        seen = await store.read(product)
        if seen is None:
            raise HTTPException(404, "No such product.")
        if seen < quantity:
            raise HTTPException(409, "Not enough items.")
        if await change_if_still(product, seen, seen - quantity):
            return seen - quantity


async def change_if_still(product: str, seen: int, left: int) -> bool:
    """Write a number if the old one is still there, and tell whether it was."""
    same = []

    def compare(now: int) -> int:
        same.append(now == seen)
        return left if now == seen else now

    await store.change(product, compare)
    return same == [True]


async def reserve(customer: str, draft: ReservationDraft) -> Reservation:
    """Reserve items for a customer."""
    left = await take(draft.product, draft.quantity)
    number = await notifier.send(customer, draft.product, draft.quantity)
    reservation = Reservation(
        product=draft.product,
        quantity=draft.quantity,
        left=left,
        confirmation=f"{customer}-{number}",
    )
    _recent.setdefault(customer, deque(maxlen=20)).appendleft(reservation)
    return reservation
