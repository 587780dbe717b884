"""The routes of the order desk."""

import json
from typing import Annotated, Any

from fastapi import Body, FastAPI, HTTPException, Response
from pydantic import NonNegativeInt, PositiveInt

from . import invoices
from .access import CallersOrders
from .users import CurrentUser, find_user

app = FastAPI(title="Order desk")
app.include_router(invoices.router)


@app.get("/orders")
def list_orders(
    orders: CallersOrders, search: str = "", offset: NonNegativeInt = 0, limit: PositiveInt = 5
) -> dict[str, Any]:
    found = orders.find(search=search, offset=offset, limit=limit)
    return {"total": orders.count(search), "orders": found}


@app.get("/orders/{order_id}")
def read_order(order_id: int, orders: CallersOrders) -> dict[str, Any]:
    return orders.dump(orders.get(order_id))


@app.patch("/orders/{order_id}")
def write_note(
    order_id: int, note: Annotated[str, Body(embed=True)], orders: CallersOrders
) -> dict[str, Any]:
    return orders.write_note(order_id, note)


@app.get("/users/{user_id}/orders")
def list_user_orders(user_id: int, user: CurrentUser, orders: CallersOrders) -> dict[str, Any]:
    own = user_id == user.id
    if not own and (user.role not in ("support", "admin") or find_user(user_id) is None):
        raise HTTPException(404, f"User {user_id} does not exist.")
    found = [order for order in orders.find() if order["owner_id"] == user_id]
    return {"total": len(found), "orders": found}


@app.get("/exports/orders")
def export_orders(orders: CallersOrders) -> Response:
    lines = [json.dumps(order, ensure_ascii=False) + "\n" for order in orders.find()]
    return Response("".join(lines), media_type="application/jsonl")
