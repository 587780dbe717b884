"""The throttle: it takes the client from the scope, and says how long to wait."""

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .limiter import count_request


class Throttle:
    """Lets through as many requests and handshakes of a client as the limiter allows."""

    def __init__(self, app: ASGIApp, *, free: frozenset[str]) -> None:
        self.app = app
        self.free = free

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.app
        if scope["type"] != "lifespan" and scope["path"] not in self.free:
            host = scope["client"][0] if scope["client"] else "unix socket"
            if wait := count_request(host):
                headers = {"Retry-After": f"{wait}"}
                answer = JSONResponse("Too many requests.", 429, headers)
        await answer(scope, receive, send)
