"""The routes of the shop. Orders are kept in memory, and what they are is said in `orders`."""

from collections import defaultdict

from fastapi import FastAPI
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from .orders import Order, OrderDraft

app = FastAPI(title="Spice shop")
orders: list[Order] = []


@app.post("/orders", status_code=201)
async def place_order(draft: OrderDraft) -> Order:
    order = Order(id=len(orders) + 1, items=draft.items, ship_to=draft.ship_to)
    orders.append(order)
    return order


# TODO 4: give totals that others can rely on.
@app.get("/sales")
async def sum_sales() -> JSONResponse:
    by_sku: dict[str, float] = defaultdict(float)
    for order in orders:
        for item in order.items:
            by_sku[item.sku] += item.total
    total = sum(order.total for order in orders)
    sales = {"orders": len(orders), "total": total, "by_sku": by_sku}
    return JSONResponse(jsonable_encoder(sales))
