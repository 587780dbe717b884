"""Sessions: nobody gets past the guard without the cookie of one."""

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SESSIONS = {"demo", "asha-31c5"}  # for practice only, and public


class SessionGuard:
    """Answers 401 to every request that has no open session."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and Request(scope).cookies.get("session") not in SESSIONS:
            refusal = JSONResponse({"detail": "Log in first."}, 401)
            await refusal(scope, receive, send)
        else:
            await self.app(scope, receive, send)
