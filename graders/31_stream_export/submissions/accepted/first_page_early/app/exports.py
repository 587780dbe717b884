"""Exports: the first orders are read before the answer starts, so that it can still be a 500."""

import csv
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, HTTPException
from fastapi.responses import StreamingResponse
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from .database import open_session
from .models import Order, Shop
from .schemas import ExportedOrder

PAGE = 60


async def open_reader() -> AsyncIterator[AsyncSession]:
    session = open_session()
    try:
        yield session
    finally:
        await session.close()


async def find_shop(name: str, session: AsyncSession) -> Shop:
    shop = await session.get(Shop, name)
    if shop is None:
        raise HTTPException(404, f"There is no shop {name}.")
    return shop


class Pages:
    """The orders that were asked for, page by page."""

    def __init__(self, query: Select[tuple[Order]], session: AsyncSession) -> None:
        self._query = query.order_by(Order.id).limit(PAGE)
        self._session = session
        self._last = 0

    async def read(self) -> list[dict[str, Any]]:
        orders = await self._session.scalars(self._query.where(Order.id > self._last))
        page = [ExportedOrder.model_validate(order).model_dump(mode="json") for order in orders]
        self._session.expunge_all()
        self._last = page[-1]["id"] if page else self._last
        return page


def check_period(since: date | None = None, until: date | None = None) -> list[Any]:
    if since and until and since > until:
        raise HTTPException(422, "The last day is before the first.")
    days = [since and Order.placed_on >= since, until and Order.placed_on <= until]
    return [each for each in days if each is not None]


async def open_pages(
    shop: str,
    period: Annotated[list[Any], Depends(check_period)],
    session: Annotated[AsyncSession, Depends(open_reader)],
) -> Pages:
    await find_shop(shop, session)
    return Pages(select(Order).where(Order.shop == shop, *period), session)


class Line(list[str]):
    def write(self, text: str) -> None:
        self.append(text)


def write_line(row: dict[str, Any]) -> str:
    return json.dumps(row) + "\n"


def write_cells(row: dict[str, Any]) -> str:
    line = Line()
    csv.writer(line).writerow(row.values())
    return "".join(line)


async def respond(
    pages: Pages, write: Callable[[dict[str, Any]], str], media_type: str, header: str = ""
) -> StreamingResponse:
    first = await pages.read()
    lines = follow(first, pages.read, write, header)
    return StreamingResponse(lines, media_type=media_type)


async def follow(
    page: list[dict[str, Any]],
    read: Callable[[], Awaitable[list[dict[str, Any]]]],
    write: Callable[[dict[str, Any]], str],
    header: str,
) -> AsyncIterator[str]:
    if header:
        yield header
    while page:
        for row in page:
            yield write(row)
        page = await read()
