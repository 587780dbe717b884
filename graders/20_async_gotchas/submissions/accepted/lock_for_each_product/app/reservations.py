"""Reservations: they take items out of the stock, tell the customer, and are remembered."""

import asyncio
from collections import defaultdict, deque

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
_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)


def list_recent(customer: str) -> list[Reservation]:
    """Give the last reservations of a customer, the newest first."""
    return list(_recent.get(customer, ()))


async def reserve(customer: str, draft: ReservationDraft) -> Reservation:
    """Reserve items for a customer."""
    async with _locks[draft.product]:
        left = await store.read(draft.product)
        if left is None:
            raise HTTPException(404, "No such product.")
        if left < draft.quantity:
            raise HTTPException(409, "Not enough items.")
        left -= draft.quantity
        await store.write(draft.product, left)

    number = await notifier.send(customer, draft.product, draft.quantity)
    reservation = Reservation(
        product=draft.product,
        quantity=draft.quantity,
        left=left,
        confirmation=f"{customer}-{number}",
    )
    _recent.setdefault(customer, deque(maxlen=20)).appendleft(reservation)
    return reservation
