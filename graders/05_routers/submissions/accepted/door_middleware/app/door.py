"""The door: who comes without the key gets no further than this."""

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .security import require_key

CLOSED = ("/api/v1/admin/", "/api/v2/")


class Door:
    """Ask for the key before the application is called."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app
        if scope["type"] == "http" and scope["path"].startswith(CLOSED):
            try:
                await require_key(Headers(scope=scope).get("x-api-key"))
            except HTTPException as error:
                app = JSONResponse({"detail": error.detail}, error.status_code)
        await app(scope, receive, send)
