"""Logins, and tokens that are written without a library."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordRequestForm

from . import store
from .hashing import hash_password, verify_password
from .store import User


class Login:
    """A try to log in; `user` is there if it succeeds."""

    def __init__(self, form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> None:
        found = store.find_user(form.username)
        if found is None:
            hash_password(form.password)  # only so that it takes as long
            raise self.refusal
        is_right = verify_password(form.password, found.password_hash)
        if found.locked_until and datetime.now(UTC) < found.locked_until:
            raise self.refusal
        if not is_right or found.disabled:
            self.note_failure(found)
            raise self.refusal
        store.clear_failures(found.id)
        self.user: User = found

    @property
    def refusal(self) -> HTTPException:
        headers = {"www-authenticate": "Bearer"}
        return HTTPException(401, "The e-mail or the password is wrong.", headers)

    def note_failure(self, user: User) -> None:
        if store.count_failure(user.id) % 5 == 0:
            store.lock_user(user.id, datetime.now(UTC) + timedelta(minutes=15))


def encode(value: bytes | dict[str, Any]) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def make_token(user_id: int, key: str, seconds: int) -> str:
    now = int(time.time())
    claims = {"exp": now + seconds, "iat": now, "jti": secrets.token_hex(), "sub": f"{user_id}"}
    signed = f"{encode({'alg': 'HS256'})}.{encode(claims)}"
    return f"{signed}.{encode(hmac.digest(key.encode(), signed.encode(), hashlib.sha256))}"
