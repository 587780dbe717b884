"""The application. What it includes is served twice, the second time for the office alone."""

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from . import admin, members, profile, reports
from .security import require_office


class OneList:
    """Serve `/members/` as `/members`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") in ("/api/v1/members/", "/api/v2/members/"):
            scope = {**scope, "path": scope["path"][:-1], "raw_path": scope["raw_path"][:-1]}
        await self.app(scope, receive, send)


def name_operation(route: APIRoute) -> str:
    return "-".join([*sorted(route.methods), *route.path.strip("/").split("/")])


app = FastAPI(
    title="Swimming club", redirect_slashes=False, generate_unique_id_function=name_operation
)
app.add_middleware(OneList)
for prefix, guards in (("/api/v1", []), ("/api/v2", [Depends(require_office)])):
    for router in (profile.router, members.router):
        app.include_router(
            router, prefix=f"{prefix}/members", tags=["members"], dependencies=guards
        )
    app.include_router(reports.router, prefix=prefix, dependencies=guards)
    app.include_router(admin.router, prefix=f"{prefix}/admin", tags=["admin"], dependencies=guards)
