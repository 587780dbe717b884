"""Reservations: a desk takes items out of the stock, tells the customer, and remembers it."""

from itertools import islice
from weakref import WeakValueDictionary

import anyio
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


class Desk:
    """All that one app knows of its reservations."""

    def __init__(self) -> None:
        self._made: list[tuple[str, Reservation]] = []
        self._locks: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()

    def list_recent(self, customer: str) -> list[Reservation]:
        """Give the last 20 reservations of a customer, the newest first."""
        own = (each for owner, each in reversed(self._made) if owner == customer)
        return list(islice(own, 20))

    async def reserve(self, customer: str, draft: ReservationDraft) -> Reservation:
        """Reserve items for a customer, one reservation of a product at a time."""
        lock = self._locks.setdefault(draft.product, anyio.Lock())
        async with lock:
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
        self._made.append((customer, reservation))
        return reservation
