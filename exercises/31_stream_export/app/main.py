"""The routes of the archive."""

from datetime import date

from fastapi import FastAPI

from .database import Session, lifespan
from .exports import find_orders, find_shop
from .models import Order
from .schemas import ExportedOrder, OrderDraft

app = FastAPI(title="Archive", lifespan=lifespan)


@app.post("/shops/{shop}/orders", status_code=201, response_model=ExportedOrder)
async def add_order(shop: str, draft: OrderDraft, session: Session) -> Order:
    await find_shop(shop, session)
    order = Order(shop=shop, **draft.model_dump())
    session.add(order)
    await session.flush()
    return order


@app.get("/shops/{shop}/orders", response_model=list[ExportedOrder])
async def export_orders(
    shop: str, session: Session, since: date | None = None, until: date | None = None
) -> list[Order]:
    # TODO 1: a list of 200 000 orders, and a text as long, before the first byte is sent.
    return await find_orders(shop, since, until, session)
