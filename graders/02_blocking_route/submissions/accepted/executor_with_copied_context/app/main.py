"""The application: user context, routes, answers to partner errors; it ends the pool."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from .context import remember_user
from .legacy import LegacyNotFound, LegacyTimeout
from .routes import partner_pool, router


@asynccontextmanager
async def close_pool(app: FastAPI) -> AsyncIterator[None]:
    """End the partner's threads when the service stops."""
    yield
    partner_pool.shutdown(wait=False, cancel_futures=True)


app = FastAPI(title="Shipping quotes", lifespan=close_pool)
app.include_router(router, dependencies=[Depends(remember_user)])


@app.exception_handler(LegacyNotFound)
async def answer_not_found(request: Request, error: LegacyNotFound) -> JSONResponse:
    """Answer 404, wherever the lookup was made: in a route or in a dependency."""
    return JSONResponse({"detail": "The partner does not know this id."}, status_code=404)


@app.exception_handler(LegacyTimeout)
async def answer_timeout(request: Request, error: LegacyTimeout) -> JSONResponse:
    """Answer 504: this service is well, the partner behind it is not."""
    return JSONResponse({"detail": "The partner did not answer in time."}, status_code=504)
