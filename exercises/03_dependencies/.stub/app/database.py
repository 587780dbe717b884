"""The order database: an in-memory stand-in for a real one, seeded with a few rows.

It keeps rows and hands out sessions; it knows nothing of HTTP. Every action of a session is
reported to the logger `kata.session`, with the number of the session.
"""

import itertools
import logging
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from .models import Customer, Order, OrderDraft

logger = logging.getLogger("kata.session")

_CUSTOMERS = {
    1: Customer(id=1, name="Northside Cycles", limit=100_000),
    2: Customer(id=2, name="Harbour Bikes", limit=250),
}
_ORDERS = {
    101: Order(id=101, customer_id=1, item="brake pads", pieces=40, boxes=4),
    102: Order(id=102, customer_id=1, item="inner tubes", pieces=60, boxes=3),
    103: Order(id=103, customer_id=2, item="spokes", pieces=144, boxes=1),
    # Imported from the old shop, which did not count boxes.
    104: Order(id=104, customer_id=2, item="saddles", pieces=6, boxes=0),
    105: Order(id=105, customer_id=1, item="chains", pieces=25, boxes=2),
    106: Order(id=106, customer_id=2, item="bells", pieces=48, boxes=2),
}
_order_ids = itertools.count(107)
_session_numbers = itertools.count(1)


class ClosedSessionError(Exception):
    """A session was used after it was closed."""


class Session:
    """One conversation with the database, for one caller at a time.

    Writes take effect at once. `commit` makes them final, `rollback` takes back what is not yet
    final, and `close` alone does neither: what was left half done stays half done.
    Everything but `close` raises `ClosedSessionError` once the session is closed.
    """

    def __init__(self) -> None:
        self.number = next(_session_numbers)
        self._added: list[int] = []
        self._closed = False
        self._report("opened")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the session; a `with` block does not roll back."""
        self.close()

    def get_customer(self, customer_id: int) -> Customer | None:
        """Read a customer, `None` if there is none."""
        self._use("read")
        return _CUSTOMERS.get(customer_id)

    def get_order(self, order_id: int) -> Order | None:
        """Read an order, `None` if there is none."""
        self._use("read")
        return _ORDERS.get(order_id)

    def list_orders(self, customer_id: int) -> list[Order]:
        """Read everything a customer has on order."""
        self._use("read")
        return [order for order in list(_ORDERS.values()) if order.customer_id == customer_id]

    def count_pieces(self, customer_id: int) -> int:
        """Add up the pieces a customer has on order."""
        return sum(order.pieces for order in self.list_orders(customer_id))

    def export_rows(self) -> Iterator[Order]:
        """Read all orders, one row at a time, each when it is asked for."""
        for order in list(_ORDERS.values()):
            self._use("read")
            yield order

    def add_order(self, customer_id: int, draft: OrderDraft) -> Order:
        """Write a new order."""
        self._use("added")
        order = Order(id=next(_order_ids), customer_id=customer_id, **draft.model_dump())
        _ORDERS[order.id] = order
        self._added.append(order.id)
        return order

    def commit(self) -> None:
        """Make everything written so far final."""
        self._use("committed")
        self._added.clear()

    def rollback(self) -> None:
        """Take back what was written since the last commit."""
        self._use("rolled back")
        while self._added:
            del _ORDERS[self._added.pop()]

    def close(self) -> None:
        """Give the connection back; the session can't be used any more."""
        self._closed = True
        self._report("closed")

    def _use(self, action: str) -> None:
        if self._closed:
            raise ClosedSessionError(f"Session {self.number} is closed.")
        self._report(action)

    def _report(self, action: str) -> None:
        logger.info(action, extra={"session": self.number})
