"""The routes of the reading room. Who may log in is decided in `login`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from . import store
from .hashing import hash_password
from .login import LoggedIn, make_token
from .settings import Settings, read_settings
from .store import UserDraft, UserInfo


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    if len(read_settings().token_key.encode()) < 32:  # RFC 7518 asks for so many
        raise RuntimeError("TOKEN_KEY needs at least 32 bytes.")
    yield


app = FastAPI(title="Reading room", lifespan=lifespan)


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"
    expires_in: int


@app.exception_handler(RequestValidationError)
async def refuse_input(_: Request, error: RequestValidationError) -> JSONResponse:
    """Say what is wrong and where, and do not repeat the input: it may be a password."""
    found = [{name: each[name] for name in ("type", "loc", "msg")} for each in error.errors()]
    return JSONResponse({"detail": found}, 422)


@app.post("/users", status_code=201)
def create_user(draft: UserDraft) -> UserInfo:
    user = store.add_user(draft.email, hash_password(draft.password))
    if user is None:
        raise HTTPException(409, "This e-mail has an account.")
    return user


@app.post("/token")
def create_token(
    user: LoggedIn, settings: Annotated[Settings, Depends(read_settings)], response: Response
) -> Token:
    response.headers["Cache-Control"] = "no-store"
    lifetime = int(settings.token_lifetime.total_seconds())
    return Token(access_token=make_token(user, settings), expires_in=lifetime)
