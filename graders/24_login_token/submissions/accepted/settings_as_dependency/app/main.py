"""The routes of the reading room."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.requests import Request
from fastapi.responses import JSONResponse
from fastapi.security import OAuth2PasswordRequestForm

from . import store
from .hashing import hash_password, verify_password
from .login import check_key, sign
from .settings import Settings, read_settings
from .store import UserDraft, UserInfo

DECOY = hash_password("nobody has this one")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    check_key(read_settings())
    yield


app = FastAPI(title="Reading room", lifespan=lifespan)


@app.exception_handler(RequestValidationError)
async def hide_input(request: Request, error: RequestValidationError) -> JSONResponse:
    hidden = [{**each, "input": "hidden"} for each in error.errors()]
    return await request_validation_exception_handler(request, RequestValidationError(hidden))


@app.post("/users", status_code=201)
def create_user(draft: UserDraft) -> UserInfo:
    user = store.add_user(draft.email, hash_password(draft.password))
    if not user:
        raise HTTPException(409, "This e-mail has an account.")
    return UserInfo(id=user.id, email=user.email)


@app.post("/token")
def create_token(
    form: Annotated[OAuth2PasswordRequestForm, Depends()],
    settings: Annotated[Settings, Depends(read_settings)],
) -> JSONResponse:
    user = store.find_user(form.username)
    right = verify_password(form.password, getattr(user, "password_hash", DECOY))
    locked = user and user.locked_until and user.locked_until > datetime.now(UTC)
    if not user or user.disabled or locked or not right:
        if user and not user.disabled and not locked and store.count_failure(user.id) > 4:
            store.lock_user(user.id, datetime.now(UTC) + timedelta(seconds=900))
            store.clear_failures(user.id)
        detail = {"detail": "The e-mail or the password is wrong."}
        return JSONResponse(detail, 401, {"WWW-Authenticate": "Bearer"})
    store.clear_failures(user.id)
    token, lifetime = sign(user.id, settings)
    body = {"access_token": token, "token_type": "bearer", "expires_in": lifetime}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})
