"""Exports: which orders are asked for, how they are read while they are sent, and as what."""

import csv
from collections.abc import AsyncIterable, AsyncIterator
from datetime import date
from typing import Annotated

from fastapi import Depends, HTTPException
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .database import open_session
from .models import Order, Shop
from .schemas import ExportedOrder

READ_AT_ONCE = 100
FIELDS = ("id", "customer", "note", "cents", "placed_on")


async def find_shop(name: str, session: AsyncSession) -> Shop:
    shop = await session.get(Shop, name)
    if shop is None:
        raise HTTPException(404, f"There is no shop {name}.")
    return shop


async def get_reader() -> AsyncIterator[AsyncSession]:
    """Give a session that is closed when the answer is over, whoever ended it."""
    async with open_session() as session:
        yield session


Reader = Annotated[AsyncSession, Depends(get_reader)]


async def find_orders(
    shop: str, session: Reader, since: date | None = None, until: date | None = None
) -> AsyncIterable[Order]:
    """Refuse what has to be refused, and else give the orders, which are not read yet."""
    if since and until and until < since:
        raise HTTPException(422, "The last day is before the first.")
    await find_shop(shop, session)
    query = select(Order).where(Order.shop == shop).order_by(Order.id)
    if since:
        query = query.where(Order.placed_on >= since)
    if until:
        query = query.where(Order.placed_on <= until)
    return await session.stream_scalars(query, execution_options={"yield_per": READ_AT_ONCE})


Orders = Annotated[AsyncIterable[Order], Depends(find_orders)]


class Echo:
    """A file for `csv` that keeps nothing: `writerow` returns what `write` does."""

    def write(self, text: str) -> str:
        return text


async def write_csv(orders: AsyncIterable[Order]) -> AsyncIterator[str]:
    writer = csv.DictWriter(Echo(), FIELDS)
    yield writer.writeheader()
    async for order in orders:
        yield writer.writerow(ExportedOrder.model_validate(order).model_dump(mode="json"))
