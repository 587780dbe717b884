"""The app, and around it what cancels the requests of clients that have left."""

import asyncio

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import questions
from .access import log_access
from .backends import ModelError

PAID = {"/reports"}


class CancelOnLeave:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PAID:
            await self.app(scope, receive, send)
            return
        events: asyncio.Queue[Message] = asyncio.Queue()
        has_begun = False

        async def pump() -> None:
            while True:
                event = await receive()
                events.put_nowait(event)
                if event["type"] == "http.disconnect":
                    if not has_begun:
                        working.cancel()
                    return

        async def send_on(event: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(event)

        working = asyncio.ensure_future(self.app(scope, events.get, send_on))
        pumping = asyncio.create_task(pump())
        try:
            await working
        except asyncio.CancelledError:
            if not working.cancelled():
                working.cancel()
                raise
        finally:
            pumping.cancel()


app = FastAPI(title="Answers")
app.middleware("http")(log_access)
app.add_middleware(CancelOnLeave)
app.include_router(questions.router)


@app.exception_handler(ModelError)
async def tell_failure(request: Request, error: ModelError) -> JSONResponse:
    return JSONResponse({"detail": "The model does not answer."}, 503)
