"""The access log: one record for each response, to the logger `kata.access`."""

import logging

from fastapi import Request, Response
from starlette.middleware.base import RequestResponseEndpoint

logger = logging.getLogger("kata.access")


async def log_access(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Pass the request on, and report what it was answered with."""
    response = await call_next(request)
    fields = {"path": request.url.path, "status": response.status_code}
    logger.info("answered", extra=fields)
    return response
