"""What the office does."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from . import reports
from .door import CLOSED
from .security import require_key
from .store import remove_member

router = APIRouter(prefix="/admin", tags=["admin"])


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


def is_guarded(path: str, dependant: Dependant) -> bool:
    asked = [dependant]
    for each in asked:
        asked.extend(each.dependencies)
    return path.startswith(CLOSED) or require_key in [each.call for each in asked]


@router.get("/audit")
async def audit(request: Request) -> list[AuditedRoute]:
    guarded = {
        (route.path, method): is_guarded(route.path, route.dependant)
        for route in iter_route_contexts(request.app.routes)
        if route.path and route.path.startswith("/api/")
        for method in route.methods or ()
    }
    return [
        AuditedRoute(method=method, path=path, guarded=guarded[path, method])
        for path, method in sorted(guarded)
    ]
