"""The routes of the order desk. Who may do what is decided in `access`."""

from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, NonNegativeInt, PositiveInt

from . import invoices, store
from .access import ChangeableOrder, ReadableOrder, Visible
from .store import BuyerOrder, Order
from .users import find_user

app = FastAPI(title="Order desk")
app.include_router(invoices.router)


class OrderChange(BaseModel):
    note: str


class OrderPage(BaseModel):
    total: int
    orders: list[Order | BuyerOrder]


@app.get("/orders")
def list_orders(
    visible: Visible, search: str = "", offset: NonNegativeInt = 0, limit: PositiveInt = 5
) -> OrderPage:
    found = store.find_orders(visible.owner_id, search, offset, limit)
    total = store.count_orders(visible.owner_id, search)
    return OrderPage(total=total, orders=[visible.show(order) for order in found])


@app.get("/orders/{order_id}")
def read_order(order: ReadableOrder, visible: Visible) -> Order | BuyerOrder:
    return visible.show(order)


@app.patch("/orders/{order_id}")
def write_note(order: ChangeableOrder, change: OrderChange, see: Visible) -> Order | BuyerOrder:
    return see.show(store.change_order(order.id, {"note": change.note}))


@app.get("/users/{user_id}/orders")
def list_user_orders(user_id: int, visible: Visible) -> OrderPage:
    if visible.owner_id not in (None, user_id) or find_user(user_id) is None:
        raise HTTPException(404, f"User {user_id} does not exist.")
    found = store.find_orders(user_id)
    return OrderPage(total=len(found), orders=[visible.show(order) for order in found])


@app.get("/exports/orders")
def export_orders(visible: Visible) -> StreamingResponse:
    found = store.find_orders(visible.owner_id)
    lines = (visible.show(order).model_dump_json() + "\n" for order in found)
    return StreamingResponse(lines, media_type="application/jsonl")
