"""The reading room: how it starts, what it refuses and how accounts are made."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from . import login, store
from .hashing import hash_password
from .settings import read_settings
from .store import UserDraft, UserInfo


class WeakKey(ValueError):
    """A key that can be guessed."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.settings = read_settings()
    if len(bytes(app.state.settings.token_key, "utf-8")) < 32:
        raise WeakKey("TOKEN_KEY")
    yield


app = FastAPI(title="Reading room", lifespan=lifespan)
app.include_router(login.router)


@app.exception_handler(login.LoginRefused)
async def refuse_login(request: Request, refusal: login.LoginRefused) -> JSONResponse:
    body = {"detail": "The e-mail or the password is wrong."}
    return JSONResponse(body, status_code=401, headers={"WWW-Authenticate": "Bearer"})


@app.exception_handler(RequestValidationError)
async def refuse_input(request: Request, error: RequestValidationError) -> JSONResponse:
    return JSONResponse({"detail": "Something in the request does not fit."}, 422)


@app.post("/users", status_code=201)
async def create_user(draft: UserDraft) -> UserInfo:
    user = store.add_user(draft.email, hash_password(draft.password))
    if user is None:
        raise HTTPException(409, "This e-mail has an account.")
    return UserInfo.model_validate(user.model_dump())
