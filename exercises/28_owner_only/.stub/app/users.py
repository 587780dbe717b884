"""Users: who is calling. It does not say what they may do."""

from typing import Annotated, Literal

from fastapi import HTTPException, Security, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

bearer = HTTPBearer()


class User(BaseModel):
    """Somebody with an account. A partner is a customer with a discount."""

    id: int
    name: str
    role: Literal["customer", "partner", "support", "admin"]


_USERS_BY_TOKEN = {  # for practice only, and public: real tokens are signed or stored as digests
    "asha-token": User(id=1, name="Asha Rao", role="customer"),
    "ben-token": User(id=2, name="Ben Rao", role="customer"),
    "carla-token": User(id=3, name="Carla Diaz", role="support"),
    "dmitri-token": User(id=4, name="Dmitri Volkov", role="admin"),
    "emil-token": User(id=5, name="Emil Berg", role="partner"),
    "fay-token": User(id=6, name="Fay Lin", role="customer"),
}


def find_user(user_id: int) -> User | None:
    """Look a user up by number, `None` if there is none."""
    return next((user for user in _USERS_BY_TOKEN.values() if user.id == user_id), None)


def get_current_user(
    credentials: Annotated[HTTPAuthorizationCredentials, Security(bearer)],
) -> User:
    """Give the caller, or refuse a request without a known token with 401."""
    user = _USERS_BY_TOKEN.get(credentials.credentials)
    if user is None:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, "Not authenticated", {"WWW-Authenticate": "Bearer"}
        )
    return user


CurrentUser = Annotated[User, Security(get_current_user)]
