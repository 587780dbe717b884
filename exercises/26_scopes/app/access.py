"""Who is calling, and what their token lets them do."""

from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

from .tokens import read_token

read_bearer = OAuth2PasswordBearer(tokenUrl="https://login.example/token")


class User(BaseModel):
    name: str
    scope: str


def get_current_user(token: Annotated[str, Depends(read_bearer)]) -> User:
    """Give the user whose token it is."""
    # TODO 1: the scopes that a route asks for.
    # TODO 2: all ways in which a token says its scopes.
    claims = read_token(token)
    return User(name=claims["sub"], scope=claims.get("scope", ""))


def require(user: User, scope: str) -> None:
    """Refuse a user whose token lacks a scope."""
    if scope not in user.scope:
        raise HTTPException(401, "Not enough permissions")
