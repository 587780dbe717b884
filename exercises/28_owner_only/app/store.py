"""The orders: an in-memory stand-in for a database. It knows neither HTTP nor callers.

Every call is reported to the logger `kata.store`.
"""

import logging
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

logger = logging.getLogger("kata.store")


class BuyerOrder(BaseModel):
    """The fields of an order that its buyer may see."""

    model_config = ConfigDict(frozen=True)

    id: int
    owner_id: int
    item: str
    note: str
    status: Literal["open", "paid"] = "open"
    total: Decimal


class Order(BuyerOrder):
    """A row. It also holds what the shop earns, and how it rates the buyer."""

    margin: Decimal
    fraud_score: int


def _seed() -> dict[int, Order]:
    # Asha (1) and Ben (2) share a flat and a taste: their orders differ in the owner alone.
    items = ("Desk lamp", "Kettle", "Wool rug", "Desk lamp", "Bookshelf", "Coat rack")
    wanted = [(owner, item) for item in items for owner in (1, 2)]
    wanted += [(3, "Desk lamp"), (5, "Kettle"), (4, "Wool rug")]
    return {
        number: Order(
            id=number,
            owner_id=owner,
            item=item,
            note="Ring twice.",
            total=Decimal("7.90") * len(item),
            margin=Decimal("1.35") * len(item),
            fraud_score=4 * len(item),
        )
        for number, (owner, item) in enumerate(wanted, start=119)
    }


_orders = _seed()


def get_order(order_id: int) -> Order | None:
    """Read one order, `None` if there is none."""
    logger.info("read")
    return _orders.get(order_id)


def find_orders(
    owner_id: int | None = None, search: str = "", offset: int = 0, limit: int | None = None
) -> list[Order]:
    """Read the orders of an owner, or of everybody, whose item or note holds `search`."""
    logger.info("searched")
    found = [order for order in _orders.values() if _matches(order, owner_id, search)]
    return found[offset:][:limit]


def count_orders(owner_id: int | None = None, search: str = "") -> int:
    """Count what `find_orders` finds without a limit."""
    logger.info("counted")
    return sum(_matches(order, owner_id, search) for order in _orders.values())


def change_order(order_id: int, changes: dict[str, Any]) -> Order:
    """Write the given fields of an order, whichever they are, and give the order back."""
    logger.info("changed")
    _orders[order_id] = _orders[order_id].model_copy(update=changes)
    return _orders[order_id]


def _matches(order: Order, owner_id: int | None, search: str) -> bool:
    text = f"{order.item}\n{order.note}".casefold()
    return owner_id in (None, order.owner_id) and search.casefold() in text
