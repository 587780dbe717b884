"""Exports: a page of orders at a time, each in a short session that is closed before it is sent."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from fastapi import HTTPException
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from .database import open_session
from .models import Order, Shop
from .schemas import ExportedOrder

PAGE = 150


async def find_shop(name: str, session: AsyncSession) -> Shop:
    shop = await session.get(Shop, name)
    if shop is None:
        raise HTTPException(404, f"There is no shop {name}.")
    return shop


async def choose_orders(
    shop: str, since: date | None = None, until: date | None = None
) -> list[ColumnElement[bool]]:
    if since and until and until < since:
        raise HTTPException(422, "The last day is before the first.")
    async with open_session() as session:
        await find_shop(shop, session)
    conditions = [Order.shop == shop]
    conditions += [Order.placed_on >= since] if since else []
    conditions += [Order.placed_on <= until] if until else []
    return conditions


async def read_pages(conditions: list[ColumnElement[bool]]) -> AsyncIterator[list[Order]]:
    last = 0
    while True:
        query = select(Order).where(*conditions, Order.id > last).order_by(Order.id).limit(PAGE)
        async with open_session() as session:
            page = list(await session.scalars(query))
        if not page:
            return
        yield page
        last = page[-1].id


async def write_csv(conditions: list[ColumnElement[bool]]) -> AsyncIterator[str]:
    yield write_cells([list(ExportedOrder.model_fields)])
    async for page in read_pages(conditions):
        yield write_cells(
            [list(ExportedOrder.model_validate(order).model_dump().values()) for order in page]
        )


def write_cells(rows: list[list[Any]]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    return file.getvalue()
