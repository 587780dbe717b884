"""The application: user context, routes, answers to partner errors; it limits threads."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from .context import remember_user
from .legacy import LegacyNotFound, LegacyTimeout
from .routes import router


@asynccontextmanager
async def limit_threads(app: FastAPI) -> AsyncIterator[None]:
    """Let no more than three calls at a time through to the partner."""
    current_default_thread_limiter().total_tokens = 3
    yield


app = FastAPI(title="Shipping quotes", lifespan=limit_threads)
app.include_router(router, dependencies=[Depends(remember_user)])


@app.exception_handler(LegacyNotFound)
async def answer_not_found(request: Request, error: LegacyNotFound) -> JSONResponse:
    """Answer 404, wherever the lookup was made: in a route or in a dependency."""
    return JSONResponse({"detail": "The partner does not know this id."}, status_code=404)


@app.exception_handler(LegacyTimeout)
async def answer_timeout(request: Request, error: LegacyTimeout) -> JSONResponse:
    """Answer 504: this service is well, the partner behind it is not."""
    return JSONResponse({"detail": "The partner did not answer in time."}, status_code=504)
