"""The routes of the shop. Orders are kept in memory, and what they are is said in `orders`."""

from collections import defaultdict
from decimal import Decimal

from fastapi import FastAPI
from pydantic import BaseModel

from .orders import Order, OrderDraft

app = FastAPI(title="Spice shop")
orders: list[Order] = []


class Sales(BaseModel):
    """What was sold so far; as a model, so that pydantic writes the amounts."""

    orders: int
    total: Decimal
    by_sku: dict[str, Decimal]


@app.post("/orders", status_code=201)
async def place_order(draft: OrderDraft) -> Order:
    order = Order(id=len(orders) + 1, items=draft.items, ship_to=draft.ship_to)
    orders.append(order)
    return order


@app.get("/sales")
async def sum_sales() -> Sales:
    by_sku: dict[str, Decimal] = defaultdict(lambda: Decimal("0.00"))
    for order in orders:
        for item in order.items:
            by_sku[item.sku] += item.total
    total = sum((order.total for order in orders), Decimal("0.00"))
    return Sales(orders=len(orders), total=total, by_sku=by_sku)
