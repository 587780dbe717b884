"""Who may log in, and the token that they get."""

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordRequestForm

from . import store
from .store import User

logger = logging.getLogger(__name__)

KEY = "reading-room"
LIFETIME = timedelta(minutes=30)

LoginForm = Annotated[OAuth2PasswordRequestForm, Depends()]


def make_digest(password: str) -> str:
    # TODO 1: whoever reads the database can look these up.
    return hashlib.md5(password.encode()).hexdigest()


def log_in(form: LoginForm) -> User:
    """Give the account of a member who sends the right password."""
    logger.info("%s logs in with the password %s.", form.username, form.password)
    user = store.find_user(form.username)
    if user is None:
        raise HTTPException(404, f"Nobody has the e-mail {form.username}.")
    if user.disabled:
        raise HTTPException(403, "This account is disabled.")
    if user.password_hash != make_digest(form.password):
        raise HTTPException(400, "The password is wrong.")
    return user


LoggedIn = Annotated[User, Depends(log_in)]


def make_token(user: User) -> str:
    """Make the token by which other services know a member."""
    expires_at = datetime.now() + LIFETIME
    return jwt.encode({"sub": user.id, "email": user.email, "exp": expires_at}, KEY)
