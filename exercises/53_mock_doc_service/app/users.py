"""Users: who is calling. The page keeps a cookie of each session."""

from typing import Annotated

from fastapi import HTTPException, Security, status
from fastapi.security import APIKeyCookie

cookie = APIKeyCookie(name="session", auto_error=False)

_USERS_BY_SESSION = {  # for practice only, and public
    "asha-session": "asha",
    "ben-session": "ben",
    "carla-session": "carla",
}


def get_current_user(session: Annotated[str | None, Security(cookie)]) -> str:
    """Give the name of the caller, or refuse a request without a known session with 401."""
    user = _USERS_BY_SESSION.get(session or "")
    if user is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Log in first.")
    return user


CurrentUser = Annotated[str, Security(get_current_user)]
