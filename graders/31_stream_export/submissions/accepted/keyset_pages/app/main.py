"""The routes of the archive."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse
from sqlalchemy import ColumnElement

from .database import Session, lifespan
from .exports import choose_orders, find_shop, read_pages, write_csv
from .models import Order
from .schemas import ExportedOrder, OrderDraft

app = FastAPI(title="Archive", lifespan=lifespan)

Chosen = Annotated[list[ColumnElement[bool]], Depends(choose_orders)]


@app.post("/shops/{shop}/orders", status_code=201, response_model=ExportedOrder)
async def add_order(shop: str, draft: OrderDraft, session: Session) -> Order:
    await find_shop(shop, session)
    order = Order(shop=shop, **draft.model_dump())
    session.add(order)
    await session.flush()
    return order


@app.get("/shops/{shop}/orders")
async def export_orders(chosen: Chosen) -> AsyncIterator[ExportedOrder]:
    async for page in read_pages(chosen):
        for order in page:
            yield ExportedOrder.model_validate(order)


@app.get("/shops/{shop}/orders.csv")
async def export_csv(chosen: Chosen) -> StreamingResponse:
    return StreamingResponse(write_csv(chosen), media_type="text/csv")
