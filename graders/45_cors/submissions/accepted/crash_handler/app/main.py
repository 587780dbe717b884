"""The app: routes, the guard of the sessions, and what browsers are told of other origins."""

import re
from functools import partial

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import PlainTextResponse

from . import policy, repairs
from .sessions import SessionGuard

keep_policy = partial(
    CORSMiddleware,
    allow_origins=policy.ORIGINS,
    allow_origin_regex=rf"https://[a-z0-9-]+\.{re.escape(policy.PREVIEW_HOST)}",
    allow_credentials=True,
    allow_methods=policy.METHODS,
    allow_headers=policy.HEADERS,
    expose_headers=policy.EXPOSED,
)

app = FastAPI()
app.include_router(repairs.router)
app.add_middleware(SessionGuard)
app.add_middleware(keep_policy)


@app.exception_handler(Exception)
async def answer_crash(request: Request, error: Exception) -> CORSMiddleware:
    return keep_policy(PlainTextResponse("Something broke.", 500))
