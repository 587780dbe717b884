"""The login: a router with one route. Why it fails is known here alone."""

import datetime as dt
import uuid

import jwt
from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.security import OAuth2PasswordRequestForm

from . import store
from .hashing import hash_password, verify_password
from .store import User

NOBODY = User(
    id=0,
    email="",
    password_hash=hash_password(uuid.uuid4().hex),
    disabled=True,
    failures=0,
    locked_until=None,
)
router = APIRouter()


class LoginRefused(Exception):
    """Somebody may not log in."""


class WrongPassword(LoginRefused):
    pass


class AccountClosed(LoginRefused):
    pass


def check(user: User, is_right: bool) -> None:
    now = dt.datetime.now(dt.UTC)
    if user.disabled or now < (user.locked_until or now):
        raise AccountClosed
    if is_right:
        store.clear_failures(user.id)
        return
    if store.count_failure(user.id) == 5:
        store.lock_user(user.id, now + dt.timedelta(minutes=15))
        store.clear_failures(user.id)
    raise WrongPassword


@router.post("/token")
async def create_token(
    request: Request, response: Response, form: OAuth2PasswordRequestForm = Depends()
) -> dict[str, str | int]:
    user = store.find_user(form.username) or NOBODY
    is_right = await run_in_threadpool(verify_password, form.password, user.password_hash)
    check(user, is_right)
    response.headers["cache-control"] = "no-store"
    lifetime = request.app.state.settings.token_lifetime
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    claims = {"sub": str(user.id), "jti": uuid.uuid4().hex, "iat": now, "exp": now + lifetime}
    token = jwt.encode(claims, request.app.state.settings.token_key)
    return {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": int(lifetime / dt.timedelta(seconds=1)),
    }
