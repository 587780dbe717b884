"""Who is calling, and what their token lets them do, in two dependencies."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer, SecurityScopes

from .tokens import InvalidToken, read_token

read_bearer = OAuth2PasswordBearer(tokenUrl="https://login.example/token")


@dataclass
class User:
    name: str
    scopes: list[str]


def refuse() -> HTTPException:
    return HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})


def get_user(token: Annotated[str, Depends(read_bearer)]) -> User:
    try:
        claims = read_token(token)
    except InvalidToken:
        raise refuse() from None
    scope: Any = claims.get("scope", [])
    if isinstance(scope, str):
        scope = scope.split(" ")
    if not isinstance(scope, list) or not all(isinstance(each, str) for each in scope):
        raise refuse()
    return User(claims["sub"], scope)


def get_current_user(security: SecurityScopes, user: Annotated[User, Depends(get_user)]) -> User:
    for each in security.scopes:
        if each not in user.scopes:
            raise HTTPException(
                403,
                {"needed": security.scopes},
                {"WWW-Authenticate": f'Bearer realm="desk", scope="{security.scope_str}"'},
            )
    return user
