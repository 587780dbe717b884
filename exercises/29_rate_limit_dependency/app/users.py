"""Who is calling, and how many requests an hour that user may make."""

from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from pydantic import BaseModel


class User(BaseModel):
    name: str
    limit: int


USERS = {
    "asha-token": User(name="asha", limit=3),
    "ben-token": User(name="ben", limit=3),
    "carla-token": User(name="carla", limit=5),
}


def get_current_user(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
) -> User:
    user = USERS.get(credentials.credentials)
    if user is None:
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]
