"""Access: which orders a request gets to work with."""

from typing import Annotated

from fastapi import Depends, HTTPException

from . import store
from .store import Order


def get_readable_order(order_id: int) -> Order:
    """Give the order of the path to a route."""
    # TODO 1: this gives any order to anybody.
    order = store.get_order(order_id)
    if order is None:
        raise HTTPException(404, f"Order {order_id} does not exist.")
    return order


ReadableOrder = Annotated[Order, Depends(get_readable_order)]
