"""The app: it logs each response, and tells a client when the model fails."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from . import questions
from .access import log_access
from .backends import ModelError

app = FastAPI(title="Answers")
app.middleware("http")(log_access)
app.include_router(questions.router)


@app.exception_handler(ModelError)
async def tell_failure(request: Request, error: ModelError) -> JSONResponse:
    return JSONResponse({"detail": "The model does not answer."}, 503)
