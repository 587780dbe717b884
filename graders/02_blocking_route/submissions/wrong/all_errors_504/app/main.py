"""The application: user context, routes, answers to partner errors; it holds no route itself."""

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from .context import remember_user
from .legacy import LegacyError, LegacyNotFound
from .routes import router

app = FastAPI(title="Shipping quotes")
app.include_router(router, dependencies=[Depends(remember_user)])


@app.exception_handler(LegacyNotFound)
async def answer_not_found(request: Request, error: LegacyNotFound) -> JSONResponse:
    """Answer 404, wherever the lookup was made: in a route or in a dependency."""
    return JSONResponse({"detail": "The partner does not know this id."}, status_code=404)


@app.exception_handler(LegacyError)
async def answer_timeout(request: Request, error: LegacyError) -> JSONResponse:
    """Answer 504: this service is well, the partner behind it is not."""
    return JSONResponse({"detail": "The partner did not answer in time."}, status_code=504)
