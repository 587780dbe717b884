"""The throttle: a middleware for requests that looks at handshakes besides."""

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from .limiter import count_request
from .proxies import is_proxy


class Throttle(BaseHTTPMiddleware):
    """Lets through as many requests and handshakes of a client as the limiter allows."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and (refusal := find_refusal(HTTPConnection(scope))):
            await refusal(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        return find_refusal(request) or await call_next(request)


def find_refusal(connection: HTTPConnection) -> Response | None:
    """Count what is limited, and give the answer to it if it may not pass."""
    if connection.scope["path"] == "/health":
        return None
    wait = count_request(find_client(connection))
    if wait == 0:
        return None
    return JSONResponse({"retry_after": wait}, 429, {"Retry-After": str(wait)})


def find_client(connection: HTTPConnection) -> str:
    """Walk back from the peer, for as long as the one who speaks is a proxy of ours."""
    claims = ",".join(connection.headers.getlist("x-forwarded-for"))
    known = [each.strip() for each in claims.split(",")] if claims else []
    speaker = connection.client.host if connection.client else "nobody"
    while is_proxy(speaker) and known:
        speaker = known.pop()
    return speaker
