"""Who may use the routes of the parcels."""

import logging
from dataclasses import dataclass

from fastapi import HTTPException, Request

from .store import Scope

logger = logging.getLogger(__name__)

# TODO 2: the keys belong into the store, and only as digests.
KEYS: dict[str, tuple[str, Scope]] = {
    "demo-acme-read": ("acme", "read"),
    "demo-borg-write": ("borg", "write"),
}


@dataclass(frozen=True)
class Access:
    client: str
    scope: Scope


async def open_door(request: Request) -> Access:
    """Let a request in that has a known key; `api_key` in the query is for old clients."""
    key = request.headers.get("x-api-key") or request.query_params.get("api_key")
    logger.info("Request with the key %s.", key)
    if key is None:
        raise HTTPException(403, "Not authenticated")
    if key not in KEYS:
        raise HTTPException(401, f"The key {key} is not known.")
    client, scope = KEYS[key]
    return Access(client, scope)
