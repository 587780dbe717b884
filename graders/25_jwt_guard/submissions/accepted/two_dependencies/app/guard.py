"""The guard of the rota, in two dependencies: the claims, and whose they are."""

from typing import Annotated, Any

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

from . import store

ISSUER = "login"
AUDIENCE = "rota"
ALGORITHM = "HS256"

REFUSAL = {"status_code": 401, "detail": "Not authenticated"}
read_token = OAuth2PasswordBearer(tokenUrl="https://login.example/token", auto_error=False)


def refuse() -> HTTPException:
    return HTTPException(**REFUSAL, headers={"WWW-Authenticate": "Bearer"})


def get_claims(token: Annotated[str | None, Depends(read_token)]) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token or "")
        if header.get("alg") != ALGORITHM:
            raise refuse()
        claims = jwt.decode(
            token or "",
            store.read_keys()[header["kid"]],
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={"require": ["exp", "sub", "jti", "iss", "aud"]},
        )
    except (jwt.PyJWTError, KeyError):
        raise refuse() from None
    return claims


async def get_current_volunteer(
    claims: Annotated[dict[str, Any], Depends(get_claims)],
) -> store.Volunteer:
    try:
        volunteer = store.find_volunteer(claims["sub"])
        if volunteer is None or not volunteer.active or store.is_revoked(claims["jti"]):
            raise refuse()
    except store.StoreUnavailable:
        raise HTTPException(503, headers={"Retry-After": "5"}) from None
    return volunteer


CurrentVolunteer = Annotated[store.Volunteer, Depends(get_current_volunteer)]
