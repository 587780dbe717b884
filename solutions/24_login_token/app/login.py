"""Who may log in, and the token that they get."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordRequestForm

from . import store
from .hashing import hash_password, verify_password
from .settings import Settings
from .store import User

MOST_FAILURES = 5
LOCK_DURATION = timedelta(minutes=15)
NOBODYS_HASH = hash_password("")


def log_in(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> User:
    """Give the account of a member. Each refusal has the same words and costs one slow hash."""
    now = datetime.now(UTC)
    user = store.find_user(form.username)
    is_right = verify_password(form.password, user.password_hash if user else NOBODYS_HASH)
    if user is not None and now >= (user.locked_until or now):
        if is_right and not user.disabled:
            store.clear_failures(user.id)
            return user
        if not is_right and store.count_failure(user.id) >= MOST_FAILURES:
            store.clear_failures(user.id)  # after the lock, counting begins again
            store.lock_user(user.id, now + LOCK_DURATION)
    raise HTTPException(401, "The e-mail or the password is wrong.", {"WWW-Authenticate": "Bearer"})


LoggedIn = Annotated[User, Depends(log_in)]


def make_token(user: User, settings: Settings) -> str:
    """Make the token by which other services know a member. It says who, and until when."""
    now = datetime.now(UTC)
    claims = {"sub": str(user.id), "iat": now, "exp": now + settings.token_lifetime}
    claims["jti"] = str(uuid.uuid4())
    return jwt.encode(claims, settings.token_key, algorithm="HS256")
