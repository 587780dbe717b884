"""The app: routes, the guard of the sessions, crashes, and what browsers are told."""

import re

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import policy, repairs
from .sessions import SessionGuard


class CrashAnswer:
    """Answers 500 where CORS can still see it, and lets the exception go on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception:
            if scope["type"] == "http" and not started:
                await JSONResponse({"detail": "A fault of ours."}, 500)(scope, receive, send)
            raise


app = FastAPI()
app.include_router(repairs.router)
app.add_middleware(SessionGuard)
app.add_middleware(CrashAnswer)
app.add_middleware(
    CORSMiddleware,
    allow_origins=policy.ORIGINS,
    allow_origin_regex=rf"https://[-0-9a-z]+\.{re.escape(policy.PREVIEW_HOST)}",
    allow_credentials=True,
    allow_methods=policy.METHODS,
    allow_headers=policy.HEADERS,
    expose_headers=policy.EXPOSED,
)
