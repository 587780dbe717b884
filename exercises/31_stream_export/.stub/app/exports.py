"""Exports: which orders of a shop are asked for."""

from datetime import date

from fastapi import HTTPException
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Order, Shop


async def find_shop(name: str, session: AsyncSession) -> Shop:
    shop = await session.get(Shop, name)
    if shop is None:
        raise HTTPException(404, f"There is no shop {name}.")
    return shop


async def find_orders(
    shop: str, since: date | None, until: date | None, session: AsyncSession
) -> list[Order]:
    if since and until and until < since:
        raise HTTPException(422, "The last day is before the first.")
    await find_shop(shop, session)
    query = select(Order).where(Order.shop == shop).order_by(Order.id)
    if since:
        query = query.where(Order.placed_on >= since)
    if until:
        query = query.where(Order.placed_on <= until)
    return list(await session.scalars(query))
