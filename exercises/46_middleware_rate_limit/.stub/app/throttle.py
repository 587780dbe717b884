"""The throttle: it stands in front of the routes, and refuses who asks too often."""

from fastapi import HTTPException, Request, Response
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

from .limiter import count_request


class Throttle(BaseHTTPMiddleware):
    """Lets through as many requests of a client as the limiter allows."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        # TODO 1: the client gets a 500 instead of this.
        # TODO 2: what is not limited, and what is limited besides.
        # TODO 3: behind a proxy, everybody is the same client.
        wait = count_request(request.scope["client"][0])
        if wait:
            raise HTTPException(429, "Too many requests.", {"Retry-After": str(wait)})
        return await call_next(request)
