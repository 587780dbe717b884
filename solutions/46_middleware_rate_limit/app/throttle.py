"""The throttle: it stands in front of the routes, and refuses who asks too often."""

from fastapi import status
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .limiter import count_request
from .proxies import is_proxy

FREE_PATH = "/health"


class Throttle:
    """Lets through as many requests and handshakes of a client as the limiter allows.

    Preflights are not its concern: `CORSMiddleware` stands outside of it and answers them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_limited = scope["type"] in ("http", "websocket") and scope["path"] != FREE_PATH
        wait = count_request(find_client(scope)) if is_limited else 0
        answer: ASGIApp = refuse(wait) if wait else self.app
        await answer(scope, receive, send)


def refuse(wait: int) -> JSONResponse:
    """Make the answer; an exception would get past the handlers, which are further inside."""
    headers = {"Retry-After": str(wait)}
    return JSONResponse({"retry_after": wait}, status.HTTP_429_TOO_MANY_REQUESTS, headers)


def find_client(scope: Scope) -> str:
    """Give the address that counts: the nearest one that is not a proxy of ours."""
    peer: str = scope["client"][0] if scope["client"] else ""
    if not is_proxy(peer):
        return peer
    lines = Headers(scope=scope).getlist("X-Forwarded-For")
    entries = [each.strip() for each in ",".join(lines).split(",")]
    return next((each for each in reversed(entries) if each and not is_proxy(each)), peer)
