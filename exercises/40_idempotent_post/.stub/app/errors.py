"""Errors: how clients are told what went wrong at the gateway."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, status
from fastapi.responses import JSONResponse, Response

from .gateway import CardDeclined, GatewayUnavailable, OutcomeUnknown

STATUS_CODES: dict[type[Exception], int] = {
    CardDeclined: status.HTTP_402_PAYMENT_REQUIRED,
    GatewayUnavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
    OutcomeUnknown: status.HTTP_504_GATEWAY_TIMEOUT,
}


async def answer_gateway_error(_: Request, error: Exception) -> JSONResponse:
    """Answer with the status code of the error and its text."""
    return JSONResponse({"detail": str(error)}, STATUS_CODES[type(error)])


Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]

HANDLERS: dict[int | type[Exception], Handler]
HANDLERS = dict.fromkeys(STATUS_CODES, answer_gateway_error)
"""The `exception_handlers` of the application."""
