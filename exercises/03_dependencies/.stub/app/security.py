"""Security: it lets in callers who know the API key. It does not say who they are."""

import secrets
from typing import Annotated

from fastapi import HTTPException, Security, status
from fastapi.security import APIKeyHeader

DEMO_KEY = "demo-key"
"""For practice only, and public: a real key comes from the environment."""

api_key_header = APIKeyHeader(name="X-API-Key")


def require_api_key(api_key: Annotated[str, Security(api_key_header)]) -> None:
    """Refuse a request without the right `X-API-Key` header with 401."""
    if not secrets.compare_digest(api_key.encode(), DEMO_KEY.encode()):
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED,
            "The API key is not valid.",
            {"WWW-Authenticate": "APIKey"},
        )
