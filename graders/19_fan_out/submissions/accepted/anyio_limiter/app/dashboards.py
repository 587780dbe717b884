"""The dashboard, with anyio."""

from typing import Any

import anyio
from fastapi import APIRouter, HTTPException

from . import backends

router = APIRouter()
limiter = anyio.CapacityLimiter(backends.MOST_CALLS)
FETCHERS: dict[str, Any] = {
    "profile": backends.fetch_profile,
    "orders": backends.fetch_orders,
    "offers": backends.fetch_offers,
}


@router.get("/dashboards/{member_id}")
async def read_dashboard(member_id: int) -> dict[str, Any]:
    found: dict[str, Any] = {"profile": None, "orders": None, "offers": None, "warnings": []}
    refusal: HTTPException | None = None

    async def fill(part: str) -> None:
        nonlocal refusal
        try:
            async with limiter:
                found[part] = await FETCHERS[part](member_id)
        except backends.BackendError as error:
            if part == "profile":
                known = not isinstance(error, backends.BackendNotFound)
                refusal = (
                    HTTPException(502) if known else HTTPException(404, "There is no such member.")
                )
                group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for part in FETCHERS:
            group.start_soon(fill, part)
    if refusal is not None:
        raise refusal
    found["warnings"] = [part for part in ("orders", "offers") if found[part] is None]
    return found
