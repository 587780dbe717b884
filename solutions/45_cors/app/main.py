"""The app: routes, the guard of the sessions, and what browsers are told of other origins."""

import re

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from . import policy, repairs
from .sessions import SessionGuard


class Workshop(FastAPI):
    """An app whose CORS headers are on every answer.

    What `add_middleware` adds stands inside of Starlette's own answer to a crash.
    """

    def build_middleware_stack(self) -> ASGIApp:
        stack = super().build_middleware_stack()
        return CORSMiddleware(
            stack,
            allow_origins=policy.ORIGINS,
            allow_origin_regex=rf"https://[a-z0-9-]+\.{re.escape(policy.PREVIEW_HOST)}",
            allow_credentials=True,
            allow_methods=policy.METHODS,
            allow_headers=policy.HEADERS,
            expose_headers=policy.EXPOSED,
        )


app = Workshop()
app.include_router(repairs.router)
app.add_middleware(SessionGuard)
