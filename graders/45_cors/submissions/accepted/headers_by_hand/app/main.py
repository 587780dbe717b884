"""The app: routes, the guard of the sessions, and what browsers are told of other origins."""

import re

from fastapi import FastAPI, Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import policy, repairs
from .sessions import SessionGuard

PREVIEW = re.compile(r"https://[a-z0-9-]+\." + re.escape(policy.PREVIEW_HOST))
SENT = {name.lower() for name in policy.HEADERS}


def is_allowed(origin: str) -> bool:
    return origin in policy.ORIGINS or PREVIEW.fullmatch(origin) is not None


def answer_preflight(request: Request) -> Response:
    origin = request.headers["origin"]
    names = request.headers.get("access-control-request-headers", "").lower().split(",")
    method = request.headers["access-control-request-method"]
    listed = method in policy.METHODS and {each.strip() for each in names} <= SENT | {""}
    if not (listed and is_allowed(origin)):
        return Response(status_code=403)
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": method,
        "Access-Control-Allow-Headers": ",".join(policy.HEADERS).lower(),
    }
    return Response(status_code=204, headers=headers)


class PolicyKeeper:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = Request(scope)
        origin = request.headers.get("origin")
        asked = origin is not None and "access-control-request-method" in request.headers
        if asked and request.method == "OPTIONS":
            return await answer_preflight(request)(scope, receive, send)

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.append("Vary", "Origin")
                if origin is not None and is_allowed(origin):
                    headers["Access-Control-Allow-Origin"] = origin
                    headers["Access-Control-Allow-Credentials"] = "true"
                    headers["Access-Control-Expose-Headers"] = ",".join(policy.EXPOSED)
            await send(message)

        return await self.app(scope, receive, send_with_policy)


class Workshop(FastAPI):
    def build_middleware_stack(self) -> ASGIApp:
        return PolicyKeeper(super().build_middleware_stack())


app = Workshop()
app.include_router(repairs.router)
app.add_middleware(SessionGuard)
