"""The dashboard: who a member is, what they have ordered, and what is on offer for them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from .backends import (
    MOST_CALLS,
    BackendError,
    BackendNotFound,
    Offer,
    Order,
    Profile,
    fetch_offers,
    fetch_orders,
    fetch_profile,
)

router = APIRouter()

Found = TypeVar("Found")

limit = asyncio.Semaphore(MOST_CALLS)


class Dashboard(BaseModel):
    profile: Profile
    orders: list[Order] | None
    offers: list[Offer] | None
    warnings: list[str]


async def limited(fetch: Callable[[int], Awaitable[Found]], member_id: int) -> Found:
    async with limit:
        return await fetch(member_id)


def refusal(error: BackendError) -> HTTPException:
    if isinstance(error, BackendNotFound):
        return HTTPException(404, "There is no such member.")
    return HTTPException(502, "The profile is not available.")


@router.get("/dashboards/{member_id}")
async def read_dashboard(member_id: int) -> Dashboard:
    profile_call = asyncio.create_task(limited(fetch_profile, member_id))
    orders_call = asyncio.create_task(limited(fetch_orders, member_id))
    offers_call = asyncio.create_task(limited(fetch_offers, member_id))
    calls = [profile_call, orders_call, offers_call]
    try:
        await asyncio.wait(calls, return_when=asyncio.FIRST_EXCEPTION)
        if not profile_call.done() or profile_call.exception() is None:
            # Something that the page can do without has failed, or nothing has.
            await asyncio.wait(calls)
        if (error := profile_call.exception()) is not None:
            raise refusal(error)
        parts = {"orders": orders_call, "offers": offers_call}
        warnings = [name for name, call in parts.items() if call.exception() is not None]
        return Dashboard(
            profile=profile_call.result(),
            orders=None if "orders" in warnings else orders_call.result(),
            offers=None if "offers" in warnings else offers_call.result(),
            warnings=warnings,
        )
    finally:
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
