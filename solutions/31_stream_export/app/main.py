"""The routes of the archive."""

from collections.abc import AsyncIterable

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from .database import Session, lifespan
from .exports import Orders, find_shop, write_csv
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


@app.get("/shops/{shop}/orders")
async def export_orders(orders: Orders) -> AsyncIterable[ExportedOrder]:
    async for order in orders:
        yield ExportedOrder.model_validate(order)


@app.get("/shops/{shop}/orders.csv")
async def export_csv(orders: Orders) -> StreamingResponse:
    return StreamingResponse(write_csv(orders), media_type="text/csv")
