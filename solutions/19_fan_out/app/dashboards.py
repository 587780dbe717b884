"""The dashboard: who a member is, what they have ordered, and what is on offer for them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import APIRouter, HTTPException, status
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

_places = asyncio.Semaphore(MOST_CALLS)


class Dashboard(BaseModel):
    profile: Profile
    orders: list[Order] | None
    offers: list[Offer] | None
    warnings: list[str]


@router.get("/dashboards/{member_id}")
async def read_dashboard(member_id: int) -> Dashboard:
    """Ask the three back ends at the same time; only the profile is needed."""
    try:
        async with asyncio.TaskGroup() as group:
            profile = group.create_task(call(fetch_profile, member_id))
            orders = group.create_task(try_to_call(fetch_orders, member_id))
            offers = group.create_task(try_to_call(fetch_offers, member_id))
    except* BackendError as failures:
        failure = make_refusal(failures)
    else:
        parts = {"orders": orders.result(), "offers": offers.result()}
        warnings = [name for name, part in parts.items() if part is None]
        return Dashboard(
            profile=profile.result(),
            orders=orders.result(),
            offers=offers.result(),
            warnings=warnings,
        )
    raise failure


async def call(fetch: Callable[[int], Awaitable[Found]], member_id: int) -> Found:
    """Call a back end as soon as fewer than `MOST_CALLS` calls are under way."""
    async with _places:
        return await fetch(member_id)


async def try_to_call(fetch: Callable[[int], Awaitable[Found]], member_id: int) -> Found | None:
    """Call a back end that the page can do without; `None` if it fails."""
    try:
        return await call(fetch, member_id)
    except BackendError:
        return None


def make_refusal(failures: ExceptionGroup[BackendError]) -> HTTPException:
    """Make the answer for a page whose profile is missing."""
    if failures.subgroup(BackendNotFound):
        return HTTPException(status.HTTP_404_NOT_FOUND, "There is no such member.")
    return HTTPException(status.HTTP_502_BAD_GATEWAY, "The profiles cannot be read now.")
