"""What the office does."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from . import reports
from .security import require_key
from .store import remove_member

router = APIRouter()


class AuditedRoute(BaseModel):
    method: str
    path: str
    guarded: bool


@router.delete("/members/{member_id}", status_code=204)
async def delete_member(member_id: int) -> None:
    if remove_member(member_id) is None:
        raise HTTPException(404, f"Member {member_id} does not exist.")


@router.post("/reports/{name}", status_code=201)
async def publish_report(
    name: Annotated[str, Path(pattern="^[a-z]{1,40}$")], internal: bool = False
) -> dict[str, str]:
    reports.publish(name, internal=internal)
    return {"published": name}


def asks_for_key(dependant: Dependant) -> bool:
    return dependant.call is require_key or any(map(asks_for_key, dependant.dependencies))


@router.get("/audit")
async def audit(request: Request) -> list[AuditedRoute]:
    found = [
        AuditedRoute(method=method, path=str(route.path), guarded=asks_for_key(route.dependant))
        for route in iter_route_contexts(request.app.routes)
        if isinstance(route.original_route, APIRoute)
        for method in route.methods or ()
    ]
    return sorted(found, key=lambda each: each.path)
