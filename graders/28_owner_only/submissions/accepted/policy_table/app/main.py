"""The routes of the order desk."""

from collections.abc import Iterator

from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, NonNegativeInt, PositiveInt

from . import invoices, store
from .access import ReadableOrder, find_visible, may_read, policy_of, show
from .store import BuyerOrder, Order
from .users import CurrentUser, User, find_user

app = FastAPI(title="Order desk")
app.include_router(invoices.router)


class OrderChange(BaseModel):
    note: str


class OrderPage(BaseModel):
    total: int
    orders: list[BuyerOrder | Order]


@app.get("/orders")
def list_orders(
    user: CurrentUser, search: str = "", offset: NonNegativeInt = 0, limit: PositiveInt = 5
) -> OrderPage:
    found = [show(user, order) for order in find_visible(user, search)]
    return OrderPage(total=len(found), orders=found[offset : offset + limit])


@app.get("/orders/{order_id}")
def read_order(order: ReadableOrder, user: CurrentUser) -> BuyerOrder | Order:
    return show(user, order)


@app.patch("/orders/{order_id}")
def write_note(order: ReadableOrder, change: OrderChange, user: CurrentUser) -> BuyerOrder | Order:
    if not policy_of(user).changes:
        raise HTTPException(403, "Your role does not change orders.")
    return show(user, store.change_order(order.id, change.model_dump()))


@app.get("/users/{user_id}/orders")
def list_user_orders(user_id: int, user: CurrentUser) -> OrderPage:
    if not may_read(user, user_id) or not find_user(user_id):
        raise HTTPException(404, f"User {user_id} does not exist.")
    found = [show(user, order) for order in find_visible(user) if order.owner_id == user_id]
    return OrderPage(total=len(found), orders=found)


@app.get("/exports/orders")
def export_orders(user: CurrentUser) -> StreamingResponse:
    return StreamingResponse(write_lines(user), media_type="application/jsonl")


def write_lines(user: User) -> Iterator[str]:
    for order in find_visible(user):
        yield f"{show(user, order).model_dump_json()}\n"
