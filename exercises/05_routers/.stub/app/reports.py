"""Reports: each gets a route of its own on `router` when it is published."""

import logging

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel

from .security import require_office
from .store import list_members

logger = logging.getLogger("kata.store")
router = APIRouter(prefix="/reports")
_published: set[str] = set()


class Report(BaseModel):
    """A report, and how many members the club has while it is read."""

    name: str
    internal: bool
    members: int


def publish(name: str, *, internal: bool) -> None:
    """Add the route of a report; one that is `internal` asks for the key of the office."""
    if name in _published:
        raise HTTPException(409, f"Report '{name}' is published already.")

    async def read_report() -> Report:
        return Report(name=name, internal=internal, members=len(list_members()))

    logger.info("published")
    _published.add(name)
    router.add_api_route(
        f"/{name}",
        read_report,
        methods=["GET", "HEAD"],
        include_in_schema=False,
        dependencies=[Depends(require_office)] if internal else [],
    )
