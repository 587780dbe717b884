"""The routes of the shop."""

from decimal import Decimal
from typing import Any

from fastapi import FastAPI
from typing_extensions import TypedDict

from .orders import Amount, Order, OrderDraft

app = FastAPI(title="Spice shop")
orders: dict[int, Order] = {}


class Sales(TypedDict):
    orders: int
    total: Amount
    by_sku: dict[str, Amount]


@app.post("/orders", status_code=201, response_model=Order)
def place_order(draft: OrderDraft) -> Any:
    order = Order(id=len(orders) + 1, items=draft.items, ship_to=draft.ship_to)
    orders[order.id] = order
    return order


@app.get("/sales")
def sum_sales() -> Sales:
    by_sku: dict[str, Decimal] = {}
    for order in orders.values():
        for item in order.items:
            by_sku[item.sku] = by_sku.get(item.sku, Decimal(0)) + item.total
    return {"orders": len(orders), "total": sum(by_sku.values(), Decimal(0)), "by_sku": by_sku}
