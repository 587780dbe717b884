"""The routes of the stock desk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel

from . import customers, store
from .reservations import Desk, Reservation, ReservationDraft


class State(TypedDict):
    desk: Desk


@asynccontextmanager
async def open_desk(app: FastAPI) -> AsyncIterator[State]:
    yield {"desk": Desk()}


app = FastAPI(title="Stock desk", lifespan=open_desk)


def get_desk(request: Request) -> Desk:
    desk: Desk = request.state.desk
    return desk


CurrentDesk = Annotated[Desk, Depends(get_desk)]


async def get_customer(x_customer: Annotated[str, Header()]) -> str:
    """Give the customer who is calling, or refuse the request."""
    if not await customers.is_known(x_customer):
        raise HTTPException(401, "Unknown customer.")
    return x_customer


Customer = Annotated[str, Depends(get_customer)]


class Product(BaseModel):
    name: str
    left: int


@app.get("/products/{name}")
async def read_product(name: str) -> Product:
    left = await store.read(name)
    if left is None:
        raise HTTPException(404, "No such product.")
    return Product(name=name, left=left)


@app.post("/reservations", status_code=201)
async def create_reservation(
    customer: Customer, draft: ReservationDraft, desk: CurrentDesk
) -> Reservation:
    return await desk.reserve(customer, draft)


@app.get("/recent")
async def list_recent(customer: Customer, desk: CurrentDesk) -> list[Reservation]:
    return desk.list_recent(customer)
