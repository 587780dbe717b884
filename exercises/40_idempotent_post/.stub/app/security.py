"""Security: it tells which client of the service is calling, by the key it sends."""

import secrets
from typing import Annotated

from fastapi import Depends, HTTPException, Security, status
from fastapi.security import APIKeyHeader

CLIENTS = {"bakery": "demo-bakery", "florist": "demo-florist"}
"""For practice only, and public: real keys come from a store of secrets."""

api_key_header = APIKeyHeader(name="X-API-Key")


async def identify_client(api_key: Annotated[str, Security(api_key_header)]) -> str:
    """Give the name of the client that calls; without a known `X-API-Key` it is refused (401)."""
    for name, known in CLIENTS.items():
        if secrets.compare_digest(api_key.encode(), known.encode()):
            return name
    raise HTTPException(
        status.HTTP_401_UNAUTHORIZED,
        "The API key is not valid.",
        {"WWW-Authenticate": "APIKey"},
    )


Client = Annotated[str, Depends(identify_client)]
