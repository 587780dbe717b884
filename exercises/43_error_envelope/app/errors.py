"""Errors: what a telephone gets to read when something is not as it should be."""

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from .refusals import Refusal


def add_error_handlers(app: FastAPI) -> None:
    """Say who answers which error."""

    # TODO 1: five kinds of errors, in five shapes.
    @app.exception_handler(Refusal)
    async def answer_refusal(request: Request, error: Refusal) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 400)

    @app.exception_handler(HTTPException)
    async def answer_http_error(request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"message": error.detail}, error.status_code)

    @app.exception_handler(RequestValidationError)
    async def answer_bad_request(request: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"errors": error.errors()}, 422)

    @app.exception_handler(Exception)
    async def answer_crash(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"crash": f"{type(error).__name__}: {error}"}, 500)
