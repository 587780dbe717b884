"""Request ids: which one a request has, and how the code that runs for it gets to know it."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from fastapi import Request, Response

HEADER = "X-Request-ID"

current = "-"


def get_request_id() -> str:
    """Give the id of the request for which the caller runs, `-` outside of any request."""
    # TODO 3: of two requests at the same time, one is reported with the id of the other.
    return current


async def add_request_id(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Give a request its id, and its answer the header."""
    global current
    # TODO 2: anybody may send anything.
    current = request.headers.get(HEADER) or uuid4().hex
    # TODO 1: the answers that support asks for never come back from here.
    response = await call_next(request)
    response.headers[HEADER] = current
    return response
