"""What the office does."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel

from . import reports
from .store import remove_member

router = APIRouter(prefix="/api/v1/admin")


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


@router.get("/audit")
async def audit(request: Request) -> list[AuditedRoute]:
    # TODO 4: list all routes, and say which of them ask for the key.
    return [
        AuditedRoute(method=method, path=route.path, guarded=bool(route.dependencies))
        for route in request.app.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    ]
