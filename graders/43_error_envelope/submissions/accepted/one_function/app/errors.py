"""Errors: `read` makes an envelope of any exception, and one handler sends it."""

from collections.abc import Callable, Coroutine, Mapping
from functools import singledispatch
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from .refusals import Refusal


class Detail(BaseModel):
    path: str
    code: str
    message: str


class Envelope(BaseModel):
    status: int = Field(exclude=True)
    headers: Mapping[str, str] = Field(default={}, exclude=True)
    code: str
    message: str
    details: list[Detail | Any] = []


@singledispatch
def read(error: Exception) -> Envelope:
    return Envelope(status=500, code="internal_error", message="Try again later.")


@read.register
def read_refusal(error: Refusal) -> Envelope:
    return Envelope(status=error.status, code=error.code, message=str(error), headers=error.headers)


@read.register
def read_http_error(error: HTTPException) -> Envelope:
    status = HTTPStatus(error.status_code)
    detail: Any = error.detail
    texts = {"message": detail} if isinstance(detail, str) else {"details": [detail]}
    return Envelope.model_validate(
        {"status": status, "code": status.name.lower(), "message": "See the details."}
        | {"headers": error.headers or {}}
        | texts
    )


@read.register
def read_invalid_request(error: RequestValidationError) -> Envelope:
    details: list[Detail] = []
    for each in error.errors():
        match each["loc"]:
            case ("body", int()) if each["type"] == "json_invalid":
                return Envelope(status=400, code="malformed_json", message="This is no JSON.")
        parts = [str(part).replace("~", "~0").replace("/", "~1") for part in each["loc"]]
        path = "/".join(["", *parts])
        details.append(Detail(path=path, code=each["type"], message="This does not fit."))
    return Envelope(status=422, code="invalid_request", message="Look here.", details=details)


async def answer(request: Request, error: Exception) -> Response:
    envelope = read(error)
    headers = dict(envelope.headers)
    if envelope.status == HTTPStatus.NOT_MODIFIED:
        return Response(None, envelope.status, headers)
    body = envelope.model_dump_json()
    return Response(body, envelope.status, headers, media_type="application/json")


Answer = Callable[[Request, Any], Coroutine[Any, Any, Response]]

ANSWERS: dict[int | type[Exception], Answer] = dict.fromkeys(
    (Refusal, HTTPException, RequestValidationError, Exception), answer
)
