"""Tokens: how to read one, and for practice how to make one."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import jwt
from pydantic import AwareDatetime, BaseModel, ConfigDict

KEY = "key-for-practice-of-the-login-service"  # public here: a real key is a secret


class InvalidToken(Exception):
    """A text is no token, was not signed with the key, or has expired."""


class Visitor(BaseModel):
    """Whose token it is, which shops they work for, and until when it is good."""

    model_config = ConfigDict(frozen=True)

    name: str
    shops: tuple[str, ...]
    expires_at: AwareDatetime


def read_token(token: str) -> Visitor:
    """Read a token that is good at the moment; `InvalidToken` for any other text."""
    try:
        claims = jwt.decode(token, KEY, ["HS256"], options={"require": ["sub", "exp"]})
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        return Visitor(name=claims["sub"], shops=claims["shops"], expires_at=expires_at)
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidToken from error


def make_token(name: str, shops: Sequence[str], seconds: int = 3600) -> str:
    """Make a token that is good for so many seconds."""
    expires_at = datetime.now(UTC) + timedelta(seconds=seconds)
    return jwt.encode({"sub": name, "shops": shops, "exp": expires_at}, KEY, algorithm="HS256")
