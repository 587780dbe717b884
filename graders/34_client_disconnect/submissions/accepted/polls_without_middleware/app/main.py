"""The app, with an access log that leaves the events of a request alone."""

import logging

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import questions
from .backends import ModelError


class AccessLog:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def log_and_send(event: Message) -> None:
            if event["type"] == "http.response.start":
                fields = {"path": scope["path"], "status": event["status"]}
                logging.getLogger("kata.access").info("answered", extra=fields)
            await send(event)

        await self.app(scope, receive, log_and_send)


app = FastAPI(title="Answers")
app.add_middleware(AccessLog)
app.include_router(questions.router)


@app.exception_handler(ModelError)
async def tell_failure(request: Request, error: ModelError) -> JSONResponse:
    return JSONResponse({"detail": "The model does not answer."}, 503)
