"""Errors: from 400 on every answer has the same shape, whoever raised the error."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException  # that of FastAPI is a subclass of this one

from .refusals import Refusal


def make_envelope(
    status: int,
    code: str,
    message: str,
    details: Sequence[Any] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    content = {"code": code, "message": message, "details": details}
    return JSONResponse(content, status, headers)


def make_pointer(location: Sequence[str | int]) -> str:
    """Write the place of an error as a JSON pointer (RFC 6901)."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in location)
    return "".join(f"/{part}" for part in parts)


def add_error_handlers(app: FastAPI) -> None:
    """Say who answers which error. Nothing is caught: what crashes still reaches the server."""

    @app.exception_handler(Refusal)
    async def answer_refusal(request: Request, error: Refusal) -> Response:
        return make_envelope(error.status, error.code, str(error), headers=error.headers)

    @app.exception_handler(HTTPException)
    async def answer_http_error(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        if status < HTTPStatus.BAD_REQUEST:
            return await http_exception_handler(request, error)
        is_text = isinstance(error.detail, str)
        message, details = (error.detail, []) if is_text else (status.phrase, [error.detail])
        return make_envelope(status, status.name.lower(), message, details, error.headers)

    @app.exception_handler(RequestValidationError)
    async def answer_bad_request(request: Request, error: RequestValidationError) -> Response:
        if isinstance(error.__cause__, JSONDecodeError):
            return make_envelope(400, "malformed_json", "The body is no JSON.")
        details = [
            {"path": make_pointer(each["loc"]), "code": each["type"], "message": each["msg"]}
            for each in error.errors()
        ]
        return make_envelope(422, "invalid_request", "The request does not fit.", details)

    @app.exception_handler(Exception)
    async def answer_crash(request: Request, error: Exception) -> Response:
        return make_envelope(500, "internal_error", "Something broke on our side.")
