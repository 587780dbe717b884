"""The app: the routes of the ferries, an id for each request, and an answer to crashes."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from .ferries import open_desk, router
from .request_ids import HEADER, RequestIds

app = FastAPI(lifespan=open_desk)
app.include_router(router)
app.add_middleware(RequestIds)


@app.exception_handler(Exception)
async def answer_crash(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "Something broke."}, 500, {HEADER: request.state.request_id})
