"""Access: what each role may do."""

from typing import Annotated, NamedTuple

from fastapi import Depends, HTTPException

from . import store
from .store import BuyerOrder, Order
from .users import CurrentUser, User


class Policy(NamedTuple):
    reads_all: bool = False
    changes: bool = True


BUYER = Policy()
POLICIES = {"support": Policy(reads_all=True, changes=False), "admin": Policy(reads_all=True)}


def policy_of(user: User) -> Policy:
    return POLICIES.get(user.role, BUYER)


def may_read(user: User, owner_id: int) -> bool:
    return policy_of(user).reads_all or user.id == owner_id


def find_visible(user: User, search: str = "") -> list[Order]:
    return [order for order in store.find_orders(None, search) if may_read(user, order.owner_id)]


def show(user: User, order: Order) -> Order | BuyerOrder:
    if policy_of(user).reads_all:
        return order
    return BuyerOrder.model_validate(order.model_dump())


def get_readable_order(user: CurrentUser, order_id: int) -> Order:
    order = store.get_order(order_id)
    if order and may_read(user, order.owner_id):
        return order
    raise HTTPException(404, f"Order {order_id} does not exist.")


ReadableOrder = Annotated[Order, Depends(get_readable_order)]
