"""The routes of the stock desk."""

from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from . import customers, reservations, store
from .reservations import Reservation, ReservationDraft

app = FastAPI(title="Stock desk")


async def get_customer(x_customer: Annotated[str, Header()]) -> str:
    """Give the customer who is calling, or refuse the request."""
    if not customers.is_known(x_customer):
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
async def create_reservation(customer: Customer, draft: ReservationDraft) -> Reservation:
    return await reservations.reserve(customer, draft)


@app.get("/recent")
async def list_recent(_: Customer) -> list[Reservation]:
    return reservations.recent
