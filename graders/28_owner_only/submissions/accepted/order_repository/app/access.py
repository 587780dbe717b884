"""Access: the orders of one caller."""

from typing import Annotated, Any

from fastapi import Depends, HTTPException, status

from . import store
from .store import Order
from .users import CurrentUser


class Orders:
    def __init__(self, user: CurrentUser) -> None:
        self._staff = user.role in ("support", "admin")
        self._writes = user.role != "support"
        self._scope: dict[str, Any] = {} if self._staff else {"owner_id": user.id}

    def get(self, order_id: int) -> Order:
        order = store.get_order(order_id)
        if order is not None and (self._staff or order.owner_id == self._scope["owner_id"]):
            return order
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"Order {order_id} does not exist.")

    def find(self, **query: Any) -> list[dict[str, Any]]:
        return [self.dump(order) for order in store.find_orders(**query, **self._scope)]

    def count(self, search: str) -> int:
        return store.count_orders(search=search, **self._scope)

    def write_note(self, order_id: int, note: str) -> dict[str, Any]:
        order = self.get(order_id)
        if not self._writes:
            raise HTTPException(status.HTTP_403_FORBIDDEN, "You may read this order only.")
        return self.dump(store.change_order(order.id, {"note": note}))

    def dump(self, order: Order) -> dict[str, Any]:
        hidden = set() if self._staff else {"margin", "fraud_score"}
        return order.model_dump(mode="json", exclude=hidden)


CallersOrders = Annotated[Orders, Depends()]


def get_readable_order(order_id: int, orders: CallersOrders) -> Order:
    return orders.get(order_id)


ReadableOrder = Annotated[Order, Depends(get_readable_order)]
