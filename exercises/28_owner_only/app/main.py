"""The routes of the order desk. They keep no rows themselves: see `store`."""

from collections.abc import Iterator

from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from . import invoices, store
from .access import ReadableOrder
from .store import Order
from .users import CurrentUser, find_user

app = FastAPI(title="Order desk")
app.include_router(invoices.router)


class OrderChange(BaseModel):
    model_config = ConfigDict(extra="allow")  # the phone app sends more with each release

    note: str


class OrderPage(BaseModel):
    total: int
    orders: list[Order]


@app.get("/orders")
def list_orders(
    _: CurrentUser, search: str = "", offset: NonNegativeInt = 0, limit: PositiveInt = 5
) -> OrderPage:
    found = store.find_orders(search=search, offset=offset, limit=limit)
    return OrderPage(total=store.count_orders(search=search), orders=found)


@app.get("/orders/{order_id}")
def read_order(order: ReadableOrder, _: CurrentUser) -> Order:
    return order


@app.patch("/orders/{order_id}")
def write_note(order: ReadableOrder, change: OrderChange, _: CurrentUser) -> Order:
    return store.change_order(order.id, change.model_dump())


@app.get("/users/{user_id}/orders")
def list_user_orders(user_id: int, _: CurrentUser) -> OrderPage:
    if find_user(user_id) is None:
        raise HTTPException(404, f"User {user_id} does not exist.")
    found = store.find_orders(user_id)
    return OrderPage(total=len(found), orders=found)


@app.get("/exports/orders")
def export_orders(_: CurrentUser) -> StreamingResponse:
    return StreamingResponse(write_lines(), media_type="application/jsonl")


def write_lines() -> Iterator[str]:
    for order in store.find_orders():
        yield order.model_dump_json() + "\n"
