"""The app: routes, the guard of the sessions, and CORS around all of it."""

import re

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from .policy import EXPOSED, HEADERS, METHODS, ORIGINS, PREVIEW_HOST
from .repairs import router
from .sessions import SessionGuard

api = FastAPI()
api.include_router(router)
api.add_middleware(SessionGuard)

app = CORSMiddleware(
    api,
    ORIGINS,
    METHODS,
    HEADERS,
    allow_credentials=True,
    allow_origin_regex=r"https://[a-z0-9\-]+\." + re.escape(PREVIEW_HOST),
    expose_headers=EXPOSED,
)
