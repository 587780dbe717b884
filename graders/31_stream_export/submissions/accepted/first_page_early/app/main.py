"""The routes of the archive."""

from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse

from .database import Session, lifespan
from .exports import Pages, find_shop, open_pages, respond, write_cells, write_line
from .models import Order
from .schemas import ExportedOrder, OrderDraft

app = FastAPI(title="Archive", lifespan=lifespan)

OpenPages = Annotated[Pages, Depends(open_pages)]


@app.post("/shops/{shop}/orders", status_code=201, response_model=ExportedOrder)
async def add_order(shop: str, draft: OrderDraft, session: Session) -> Order:
    await find_shop(shop, session)
    order = Order(shop=shop, **draft.model_dump())
    session.add(order)
    await session.flush()
    return order


@app.get("/shops/{shop}/orders")
async def export_orders(pages: OpenPages) -> StreamingResponse:
    return await respond(pages, write_line, "application/jsonl")


@app.get("/shops/{shop}/orders.csv")
async def export_csv(pages: OpenPages) -> StreamingResponse:
    header = ",".join(ExportedOrder.model_fields) + "\r\n"
    return await respond(pages, write_cells, "text/csv; charset=utf-8", header)
