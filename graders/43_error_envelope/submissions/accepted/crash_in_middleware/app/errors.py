"""Errors: handlers make an `ApiError` of each, and a middleware answers crashes."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .refusals import Refusal


@dataclass
class ApiError:
    """What a telephone gets to read."""

    code: str
    message: str
    details: list[Any] = field(default_factory=list)

    def respond(self, status: int, headers: Mapping[str, str] | None = None) -> Response:
        body = json.dumps(asdict(self), ensure_ascii=True, allow_nan=False)
        return Response(body, status, headers, media_type="application/json")


class CrashAnswer:
    """Answers a crash, and lets the exception go on to the server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception:
            if not started:
                crash = ApiError("internal_error", "Internal Server Error")
                await crash.respond(500)(scope, receive, send)
            raise


def answer_refusal(request: Request, error: Refusal) -> Response:
    return ApiError(error.code, str(error)).respond(error.status, error.headers)


async def answer_http_error(request: Request, error: HTTPException) -> Response:
    if error.status_code < 400:
        return await http_exception_handler(request, error)
    api_error = ApiError(HTTPStatus(error.status_code).name.lower(), "Not possible.")
    if isinstance(error.detail, str):
        api_error.message = error.detail
    else:
        api_error.details.append(error.detail)
    return api_error.respond(error.status_code, error.headers)


def answer_bad_request(request: Request, error: RequestValidationError) -> Response:
    if isinstance(error.__cause__, json.JSONDecodeError):
        return ApiError("malformed_json", "Not JSON.").respond(400)
    api_error = ApiError("invalid_request", "Some values do not fit.")
    for each in error.errors():
        path = ""
        for part in each["loc"]:
            path += "/" + "~1".join(str(part).replace("~", "~0").split("/"))
        api_error.details.append({"path": path, "code": each["type"], "message": each["msg"]})
    return api_error.respond(422)


def add_error_handlers(app: FastAPI) -> None:
    app.exception_handler(Refusal)(answer_refusal)
    app.exception_handler(HTTPException)(answer_http_error)
    app.exception_handler(RequestValidationError)(answer_bad_request)
    app.add_middleware(CrashAnswer)
