"""Access: who is calling."""

from typing import Annotated

from fastapi import Depends, HTTPException, Security, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from .sessions import CurrentSession, User

bearer = HTTPBearer()


async def get_current_user(
    credentials: Annotated[HTTPAuthorizationCredentials, Security(bearer)],
    session: CurrentSession,
) -> User:
    """Give the caller, or refuse a request without a known token with 401."""
    # TODO 3: for how long does a stream keep this session?
    user = await session.find_user(credentials.credentials)
    if user is None:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, "Not authenticated", {"WWW-Authenticate": "Bearer"}
        )
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]
