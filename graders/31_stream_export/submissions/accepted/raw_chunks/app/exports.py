"""Exports: a dependency opens the query, and a writer for each format turns pages into bytes."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import date

from fastapi import HTTPException
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncScalarResult, AsyncSession

from .database import open_session
from .models import Order, Shop
from .schemas import ExportedOrder


async def find_shop(name: str, session: AsyncSession) -> Shop:
    shop = await session.get(Shop, name)
    if shop is None:
        raise HTTPException(404, f"There is no shop {name}.")
    return shop


class Export:
    def __init__(self, orders: AsyncScalarResult[Order]) -> None:
        self._orders = orders

    async def write_lines(self) -> AsyncIterator[bytes]:
        async for page in self._orders.partitions(50):
            yield b"".join(_show(order).model_dump_json().encode() + b"\n" for order in page)

    async def write_csv(self) -> AsyncIterator[bytes]:
        yield _join([list(ExportedOrder.model_fields)])
        async for page in self._orders.partitions(50):
            yield _join([list(_show(order).model_dump().values()) for order in page])


async def open_export(
    shop: str, since: date | None = None, until: date | None = None
) -> AsyncIterator[Export]:
    if since is not None and until is not None and since > until:
        raise HTTPException(422, "This period ends before it begins.")
    query = select(Order).filter_by(shop=shop).order_by(Order.id).execution_options(yield_per=50)
    if since is not None:
        query = query.where(Order.placed_on >= since)
    if until is not None:
        query = query.where(Order.placed_on <= until)
    async with open_session() as session:
        await find_shop(shop, session)
        orders = await session.stream_scalars(query)
        try:
            yield Export(orders)
        finally:
            await orders.close()


def _show(order: Order) -> ExportedOrder:
    return ExportedOrder.model_validate(order)


def _join(rows: Sequence[Sequence[object]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()
