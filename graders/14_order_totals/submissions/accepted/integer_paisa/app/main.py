"""The routes of the shop; the sales are kept up to date, in paisa."""

from collections import Counter

from fastapi import FastAPI

from .orders import Order, OrderDraft, write_hundredths

app = FastAPI(title="Spice shop")
orders: list[Order] = []
sold: Counter[str] = Counter()


@app.post("/orders", status_code=201)
async def place_order(draft: OrderDraft) -> Order:
    order = Order(id=len(orders) + 1, items=draft.items, ship_to=draft.ship_to)
    orders.append(order)
    for item in order.items:
        sold[item.sku] += item.total
    return order


@app.get("/sales")
async def sum_sales() -> dict[str, int | str | dict[str, str]]:
    return {
        "orders": len(orders),
        "total": write_hundredths(sum(sold.values())),
        "by_sku": {sku: write_hundredths(total) for sku, total in sold.items()},
    }
