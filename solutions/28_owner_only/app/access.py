"""Access: who may see and change which orders, and which fields. Every route asks here."""

from typing import Annotated

from fastapi import Depends, HTTPException

from . import store
from .store import BuyerOrder, Order
from .users import CurrentUser

STAFF = {"support", "admin"}  # whoever has another role is a buyer, also if the role is new


class Visibility:
    """What a caller may see: whose orders (`None`: everybody's), and how much of them."""

    def __init__(self, user: CurrentUser) -> None:
        self.owner_id = None if user.role in STAFF else user.id

    def show(self, order: Order) -> Order | BuyerOrder:
        return order if self.owner_id is None else BuyerOrder(**order.model_dump())


Visible = Annotated[Visibility, Depends()]


def get_readable_order(order_id: int, visible: Visible) -> Order:
    order = store.get_order(order_id)
    if order is None or visible.owner_id not in (None, order.owner_id):
        raise HTTPException(404, f"Order {order_id} does not exist.")
    return order


ReadableOrder = Annotated[Order, Depends(get_readable_order)]


def get_changeable_order(order: ReadableOrder, user: CurrentUser) -> Order:
    if user.role in STAFF and user.role != "admin":
        raise HTTPException(403, "Support reads orders and does not change them.")
    return order


ChangeableOrder = Annotated[Order, Depends(get_changeable_order)]
