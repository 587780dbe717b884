"""The guard of the rota: it says whose token a request brings."""

from typing import Annotated, Any

import jwt
from fastapi import Depends, HTTPException, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from .store import StoreUnavailable, Volunteer, find_volunteer, is_revoked, read_keys

ISSUER = "login"
AUDIENCE = "rota"
ALGORITHM = "HS256"

read_credentials = HTTPBearer(auto_error=False)

Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(read_credentials)]


def get_current_volunteer(credentials: Credentials) -> Volunteer:
    """Give the volunteer whom a token was made for, as the store has them now."""
    if credentials is None:
        raise make_refusal()
    try:
        claims = read_claims(credentials.credentials)
    except jwt.InvalidTokenError:
        raise make_refusal() from None
    try:
        volunteer = None if is_revoked(claims["jti"]) else find_volunteer(claims["sub"])
    except StoreUnavailable as error:
        raise HTTPException(
            status.HTTP_503_SERVICE_UNAVAILABLE, "Volunteers cannot be looked up now."
        ) from error
    if volunteer is None or not volunteer.active:
        raise make_refusal()
    return volunteer


def read_claims(token: str) -> dict[str, Any]:
    """Give the claims of a good token for the rota; `InvalidTokenError` for any other text."""
    secret = read_keys().get(jwt.get_unverified_header(token).get("kid", ""))
    if secret is None:
        raise jwt.InvalidTokenError("No key has this id.")
    return jwt.decode(
        token,
        secret,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        options={"require": ["exp", "sub", "jti"]},
    )


def make_refusal() -> HTTPException:
    """Make the one answer for whoever is not let in; it does not tell why."""
    return HTTPException(
        status.HTTP_401_UNAUTHORIZED, "Not authenticated", {"WWW-Authenticate": "Bearer"}
    )


CurrentVolunteer = Annotated[Volunteer, Depends(get_current_volunteer)]
