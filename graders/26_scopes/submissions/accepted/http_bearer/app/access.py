"""Who is calling, and what their token lets them do, with HTTPBearer."""

from typing import Annotated, NamedTuple

from fastapi import HTTPException, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from pydantic import StrictStr, TypeAdapter, ValidationError

from .tokens import InvalidToken, read_token

Scopes = TypeAdapter(StrictStr | list[StrictStr])
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(auto_error=False))]


class User(NamedTuple):
    name: str
    scopes: set[str]


async def get_current_user(security: SecurityScopes, credentials: Credentials) -> User:
    try:
        if credentials is None:
            raise InvalidToken("no credentials")
        claims = read_token(credentials.credentials)
        found = Scopes.validate_python(claims.get("scope", []))
    except (InvalidToken, ValidationError):
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"}) from None
    user = User(claims["sub"], set(found.split() if isinstance(found, str) else found))
    if set(security.scopes) - user.scopes:
        names = " ".join(sorted(set(security.scopes)))
        raise HTTPException(403, headers={"WWW-Authenticate": f'Bearer scope="{names}"'})
    return user
