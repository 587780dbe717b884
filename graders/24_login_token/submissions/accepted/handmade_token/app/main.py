"""The routes of the reading room."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse

from . import store
from .hashing import hash_password
from .login import Login, make_token
from .settings import read_settings
from .store import UserDraft, UserInfo


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    settings = read_settings()
    assert len(settings.token_key.encode()) >= 32, "TOKEN_KEY is too short"
    yield {"settings": settings}


app = FastAPI(title="Reading room", lifespan=lifespan)


@app.middleware("http")
async def keep_nothing(request: Request, call_next: Any) -> Response:
    response: Response = await call_next(request)
    response.headers["Cache-Control"] = "no-store"
    return response


@app.exception_handler(RequestValidationError)
def refuse(_: Request, error: RequestValidationError) -> PlainTextResponse:
    places = [".".join(map(str, each["loc"])) for each in error.errors()]
    return PlainTextResponse(f"Not understood: {', '.join(places)}", 422)


@app.post("/users", status_code=201, response_model=UserInfo)
async def create_user(draft: UserDraft) -> Any:
    if store.find_user(draft.email) is None:
        return store.add_user(draft.email, hash_password(draft.password))
    raise HTTPException(409, "This e-mail has an account.")


@app.post("/token")
async def create_token(request: Request, login: Login = Depends()) -> dict[str, Any]:
    settings = request.state.settings
    seconds = round(settings.token_lifetime.total_seconds())
    token = make_token(login.user.id, settings.token_key, seconds)
    return {"access_token": token, "token_type": "bearer", "expires_in": seconds}
