"""The throttle, as a dependency of all routes."""

from fastapi import HTTPException, status
from starlette.requests import HTTPConnection

from .limiter import count_request
from .proxies import is_proxy


async def limit_requests(connection: HTTPConnection) -> None:
    """Let a request or a handshake through, or refuse it with 429."""
    if connection.url.path == "/health":
        return
    wait = count_request(find_client(connection))
    if wait:
        raise HTTPException(
            status.HTTP_429_TOO_MANY_REQUESTS, "Too many requests.", {"Retry-After": str(wait)}
        )


def find_client(connection: HTTPConnection) -> str:
    """Give the address that counts: the nearest one that is not a proxy of ours."""
    peer = connection.client.host if connection.client else ""
    if not is_proxy(peer):
        return peer
    entries = ",".join(connection.headers.getlist("X-Forwarded-For")).split(",")
    found = [each.strip() for each in entries if each.strip() and not is_proxy(each.strip())]
    return found[-1] if found else peer
