"""The routes of the archive."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse

from .database import Session, lifespan
from .exports import Export, find_shop, open_export
from .models import Order
from .schemas import ExportedOrder, OrderDraft

app = FastAPI(title="Archive", lifespan=lifespan)

OpenExport = Annotated[Export, Depends(open_export)]


class JsonLines(StreamingResponse):
    media_type = "application/jsonl"


class CsvLines(StreamingResponse):
    media_type = "text/csv"


@app.post("/shops/{shop}/orders", status_code=201, response_model=ExportedOrder)
async def add_order(shop: str, draft: OrderDraft, session: Session) -> Order:
    await find_shop(shop, session)
    order = Order(shop=shop, **draft.model_dump())
    session.add(order)
    await session.flush()
    return order


@app.get("/shops/{shop}/orders", response_class=JsonLines)
async def export_orders(export: OpenExport) -> AsyncIterator[bytes]:
    async for chunk in export.write_lines():
        yield chunk


@app.get("/shops/{shop}/orders.csv", response_class=CsvLines)
async def export_csv(export: OpenExport) -> AsyncIterator[bytes]:
    async for chunk in export.write_csv():
        yield chunk
