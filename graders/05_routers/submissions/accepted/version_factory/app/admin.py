"""What the office does."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import BaseModel

from . import reports
from .security import require_key
from .store import remove_member

router = APIRouter(prefix="/admin", tags=["admin"], dependencies=[Depends(require_key)])


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


def walk(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from walk(each)


def describe(route: RouteContext) -> Iterator[AuditedRoute]:
    guarded = require_key in walk(route.dependant)
    for method in route.methods or ():
        yield AuditedRoute(method=method, path=route.path_format or "", guarded=guarded)


@router.get("/audit")
async def audit(request: Request) -> list[AuditedRoute]:
    routes = [
        each
        for each in iter_route_contexts(request.app.routes)
        if str(each.path).startswith("/api/")
    ]
    found = [entry for each in routes for entry in describe(each)]
    found.sort(key=lambda entry: entry.method)
    found.sort(key=lambda entry: entry.path)
    return found
