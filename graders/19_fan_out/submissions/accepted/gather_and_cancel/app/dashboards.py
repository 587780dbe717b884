"""The dashboard, with gather and a finally."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

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
slots = asyncio.BoundedSemaphore(MOST_CALLS)


class Dashboard(BaseModel):
    profile: Profile
    orders: list[Order] | None
    offers: list[Offer] | None
    warnings: list[str]


async def in_turn(fetch: Callable[[int], Awaitable[Any]], member_id: int, needed: bool) -> Any:
    await slots.acquire()
    try:
        return await fetch(member_id)
    except BackendError:
        if needed:
            raise
        return None
    finally:
        slots.release()


@router.get("/dashboards/{member_id}")
async def read_dashboard(member_id: int) -> Dashboard:
    fetchers: list[Any] = [fetch_profile, fetch_orders, fetch_offers]
    tasks = [
        asyncio.ensure_future(in_turn(fetch, member_id, fetch is fetch_profile))
        for fetch in fetchers
    ]
    try:
        profile, orders, offers = await asyncio.gather(*tasks)
    except BackendNotFound:
        raise HTTPException(404, detail="There is no such member.") from None
    except BackendError as error:
        raise HTTPException(502, detail=str(error)) from error
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    named = {"orders": orders, "offers": offers}
    return Dashboard(
        profile=profile, **named, warnings=[name for name in named if named[name] is None]
    )
