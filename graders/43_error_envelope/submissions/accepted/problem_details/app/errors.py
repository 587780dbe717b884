"""Errors as problem details (RFC 9457); the keys of the envelope are extension members."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from .refusals import Refusal


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"

    def __init__(self, request: Request, status: int, code: str, message: str, **more: Any) -> None:
        problem = {
            "type": f"urn:station:{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": message,
            "instance": request.url.path,
            "code": code,
            "message": message,
            "details": more.pop("details", []),
        }
        super().__init__(problem, status, **more)


def describe(error: dict[str, Any]) -> dict[str, str]:
    pointer = ""
    for part in map(str, error["loc"]):
        pointer += "/" + part.translate({ord("~"): "~0", ord("/"): "~1"})
    return {
        "path": pointer,
        "code": error["type"],
        "message": error["msg"],
        "detail": error["msg"],
        "pointer": f"#{pointer}",
    }


async def answer(request: Request, error: Exception) -> Response:
    match error:
        case Refusal():
            return ProblemResponse(
                request, error.status, error.code, str(error), headers=dict(error.headers)
            )
        case HTTPException(status_code=status) if status < 400:
            return await http_exception_handler(request, error)
        case HTTPException(status_code=status, detail=str(text)):
            code = HTTPStatus(status).name.lower()
            return ProblemResponse(request, status, code, text, headers=error.headers)
        case HTTPException(status_code=status, detail=other):
            known = HTTPStatus(status)
            message = known.description or known.phrase
            return ProblemResponse(
                request, status, known.name.lower(), message, details=[other], headers=error.headers
            )
        case RequestValidationError():
            errors = error.errors()
            first = errors[0]
            if first["type"] == "json_invalid" and isinstance(first["loc"][-1], int):
                text = f"{first['ctx']['error']} at character {first['loc'][-1]}"
                return ProblemResponse(request, 400, "malformed_json", text)
            text = f"There are {len(errors)} errors."
            details = [describe(each) for each in errors]
            return ProblemResponse(request, 422, "invalid_request", text, details=details)
    return ProblemResponse(request, 500, "internal_error", "This is our fault.")


def add_error_handlers(app: FastAPI) -> None:
    for kind in (Refusal, HTTPException, RequestValidationError, Exception):
        app.exception_handlers[kind] = answer
