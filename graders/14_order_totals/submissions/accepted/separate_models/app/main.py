"""The routes of the shop; each order is billed once, when it is placed."""

from decimal import Decimal

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from .orders import Order, OrderDraft, bill

app = FastAPI(title="Spice shop")
orders: list[Order] = []


@app.post("/orders", status_code=201)
async def place_order(draft: OrderDraft) -> Order:
    orders.append(bill(draft, len(orders) + 1))
    return orders[-1]


@app.get("/sales")
async def sum_sales() -> JSONResponse:
    by_sku: dict[str, Decimal] = {}
    for item in [item for order in orders for item in order.items]:
        by_sku[item.sku] = by_sku.get(item.sku, Decimal("0.00")) + item.total
    total = sum((order.total for order in orders), Decimal("0.00"))
    sold = {sku: str(amount) for sku, amount in by_sku.items()}
    return JSONResponse({"orders": len(orders), "total": str(total), "by_sku": sold})
