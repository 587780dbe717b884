"""The routes of the order desk."""

from fastapi import FastAPI, HTTPException, Response, Security
from pydantic import BaseModel, NonNegativeInt, PositiveInt

from . import invoices, store
from .access import ChangeableOrder, OwnerFilter, ReadableOrder, Shown, View
from .store import BuyerOrder
from .users import find_user, get_current_user

app = FastAPI(title="Order desk", dependencies=[Security(get_current_user)])
app.include_router(invoices.router)


class OrderChange(BaseModel):
    note: str


class OrderPage(BaseModel):
    total: int
    orders: list[Shown]


@app.get("/orders")
def list_orders(
    owner: OwnerFilter,
    view: View,
    search: str = "",
    offset: NonNegativeInt = 0,
    limit: PositiveInt = 5,
) -> OrderPage:
    found = [view(order) for order in store.find_orders(owner, search, offset, limit)]
    return OrderPage(total=store.count_orders(owner, search), orders=found)


@app.get("/orders/{order_id}", response_model=Shown)
def read_order(order: ReadableOrder, view: View) -> BuyerOrder:
    return view(order)


@app.patch("/orders/{order_id}", response_model=Shown)
def write_note(order: ChangeableOrder, change: OrderChange, view: View) -> BuyerOrder:
    return view(store.change_order(order.id, {"note": change.note}))


@app.get("/users/{user_id}/orders")
def list_user_orders(user_id: int, owner: OwnerFilter, view: View) -> OrderPage:
    if owner not in (None, user_id) or not find_user(user_id):
        raise HTTPException(404, f"User {user_id} does not exist.")
    found = [view(order) for order in store.find_orders(user_id)]
    return OrderPage(total=len(found), orders=found)


@app.get("/exports/orders")
def export_orders(owner: OwnerFilter, view: View) -> Response:
    lines = [view(order).model_dump_json() + "\n" for order in store.find_orders(owner)]
    return Response("".join(lines), media_type="application/jsonl")
