"""The guard of the rota as an object that FastAPI calls."""

from typing import Annotated

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from .store import StoreUnavailable, Volunteer, find_volunteer, is_revoked, read_keys

ISSUER = "login"
AUDIENCE = "rota"
ALGORITHM = "HS256"


class Guard:
    def __init__(self, **expected: str) -> None:
        self.decoder = jwt.PyJWT({"require": ["exp", "sub", "jti"]})
        self.expected = expected

    def __call__(
        self, credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]
    ) -> Volunteer:
        token = credentials.credentials
        claims = None
        try:
            wanted = jwt.get_unverified_header(token).get("kid")
            for key_id, secret in read_keys().items():
                if key_id == wanted:
                    claims = self.decoder.decode(token, secret, [ALGORITHM], **self.expected)
        except jwt.InvalidTokenError:
            pass
        volunteer = None
        if claims is not None:
            try:
                if not is_revoked(claims["jti"]):
                    volunteer = find_volunteer(claims["sub"])
            except StoreUnavailable:
                raise HTTPException(503, "Try again later.") from None
        if volunteer is not None and volunteer.active:
            return volunteer
        raise HTTPException(401, "Not authenticated", headers={"WWW-Authenticate": "Bearer"})


get_current_volunteer = Guard(issuer=ISSUER, audience=AUDIENCE)
CurrentVolunteer = Annotated[Volunteer, Depends(get_current_volunteer)]
