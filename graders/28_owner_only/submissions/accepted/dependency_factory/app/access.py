"""Access: a dependency for each action on an order."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import Depends, HTTPException
from pydantic import SerializeAsAny

from . import store
from .store import BuyerOrder, Order
from .users import CurrentUser

Shown = SerializeAsAny[BuyerOrder]


def is_staff(user: CurrentUser) -> bool:
    return user.role in ("support", "admin")


IsStaff = Annotated[bool, Depends(is_staff)]


def get_owner_filter(user: CurrentUser, staff: IsStaff) -> int | None:
    return None if staff else user.id


OwnerFilter = Annotated[int | None, Depends(get_owner_filter)]


def order_for(action: Literal["read", "change"]) -> Callable[..., Order]:
    def get_order(order_id: int, user: CurrentUser, staff: IsStaff) -> Order:
        order = store.get_order(order_id)
        if order is None or not (staff or order.owner_id == user.id):
            raise HTTPException(404, f"Order {order_id} does not exist.")
        if action == "change" and user.role == "support":
            raise HTTPException(403, "Support may not do this.")
        return order

    return get_order


ReadableOrder = Annotated[Order, Depends(order_for("read"))]
ChangeableOrder = Annotated[Order, Depends(order_for("change"))]


def get_view(staff: IsStaff) -> Callable[[Order], BuyerOrder]:
    return (lambda order: order) if staff else (lambda order: BuyerOrder(**order.model_dump()))


View = Annotated[Callable[[Order], BuyerOrder], Depends(get_view)]
