"""The throttle: outermost, so that whoever is refused costs nothing further inside."""

from collections.abc import Iterable

from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .limiter import count_request
from .proxies import is_proxy

POLICY = {"allow_origins": ["https://sailing.example.com"], "expose_headers": ["Retry-After"]}
PREFLIGHT = ("origin", "access-control-request-method")


class Throttle:
    """Lets through as many requests and handshakes of a client as the limiter allows."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_free(scope):
            return await self.app(scope, receive, send)
        peer = scope["client"]
        wait = count_request(find_client(peer[0], Headers(scope=scope)) if peer else "local")
        if wait:
            refusal = JSONResponse({"wait": wait}, headers={"Retry-After": str(wait)})
            refusal.status_code = 429
            return await CORSMiddleware(refusal, **POLICY)(scope, receive, send)
        return await self.app(scope, receive, send)


def is_free(scope: Scope) -> bool:
    """Tell what has no limit."""
    if scope["type"] == "lifespan" or scope["path"] == "/health":
        return True
    headers = Headers(scope=scope)
    return scope.get("method") == "OPTIONS" and all(name in headers for name in PREFLIGHT)


def find_client(peer: str, headers: Headers) -> str:
    """Follow the chain from the peer outwards, up to the first that is not ours."""
    for address in (peer, *list_backwards(headers.getlist("x-forwarded-for"))):
        if not is_proxy(address):
            return address
    return peer


def list_backwards(lines: Iterable[str]) -> list[str]:
    """Give the entries of the header, the nearest first."""
    entries = [entry.strip(" \t") for line in lines for entry in line.split(",")]
    return [entry for entry in reversed(entries) if entry]
