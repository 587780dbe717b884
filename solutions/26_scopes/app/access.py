"""Who is calling, and what their token lets them do."""

from typing import Annotated, Any

from fastapi import Depends, HTTPException, status
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from pydantic import BaseModel

from .tokens import InvalidToken, read_token

read_bearer = OAuth2PasswordBearer(tokenUrl="https://login.example/token")


class User(BaseModel):
    name: str
    scopes: frozenset[str]


def get_current_user(required: SecurityScopes, token: Annotated[str, Depends(read_bearer)]) -> User:
    """Give the user whose token it is, if it has all scopes that are required on the way here."""
    try:
        claims = read_token(token)
        user = User(name=claims["sub"], scopes=read_scopes(claims))
    except InvalidToken:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, "Not authenticated", {"WWW-Authenticate": "Bearer"}
        ) from None
    if not user.scopes.issuperset(required.scopes):
        challenge = f'Bearer error="insufficient_scope", scope="{required.scope_str}"'
        raise HTTPException(
            status.HTTP_403_FORBIDDEN, "Not enough permissions", {"WWW-Authenticate": challenge}
        )
    return user


def read_scopes(claims: dict[str, Any]) -> frozenset[str]:
    """Read the scopes of a token: words of a text or texts of a list; else `InvalidToken`."""
    match claims.get("scope", ""):
        case str(text):
            return frozenset(text.split())
        case list(items) if all(isinstance(item, str) for item in items):
            return frozenset(items)
    raise InvalidToken("The claim 'scope' is neither a text nor a list of texts.")
