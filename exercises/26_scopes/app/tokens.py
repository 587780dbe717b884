"""Tokens of the school: whose they are, and what is written in them."""

from typing import Any

import jwt

KEY = "demo-key-of-the-music-school-for-this-kata"


class InvalidToken(Exception):
    """A text that is no token of the school, or one that is over."""


def read_token(token: str) -> dict[str, Any]:
    """Read the claims of a token; `sub` is a name, the others are as the token has them."""
    try:
        return jwt.decode(token, KEY, algorithms=["HS256"], options={"require": ["sub", "exp"]})
    except jwt.InvalidTokenError as error:
        raise InvalidToken(str(error)) from error
