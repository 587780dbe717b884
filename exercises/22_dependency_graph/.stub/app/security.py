"""Tokens: who sends none gets a 401. It does not say whose token it is."""

from typing import Annotated

from fastapi import Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

bearer = HTTPBearer()


def read_token(credentials: Annotated[HTTPAuthorizationCredentials, Security(bearer)]) -> str:
    """Read the token of the header `Authorization: Bearer …`."""
    return credentials.credentials


Token = Annotated[str, Security(read_token)]
