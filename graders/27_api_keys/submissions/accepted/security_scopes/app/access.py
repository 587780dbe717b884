"""One dependency, which is told by the route what the key must be good for."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import HTTPException, Security
from fastapi.security import APIKeyHeader, SecurityScopes

from .digests import PREFIX_LENGTH, is_same, make_digest
from .store import StoredKey, find_keys, note_use

header = APIKeyHeader(name="X-API-Key", auto_error=False)

REFUSED = HTTPException(401, "A valid API key is required.", headers={"WWW-Authenticate": "ApiKey"})


def find_key(text: str) -> StoredKey | None:
    """Find the stored key that belongs to what a client has sent, good or not."""
    digest, found = make_digest(text), None
    for stored in find_keys(text[:PREFIX_LENGTH]):
        if is_same(digest, stored.digest):  # goes on, so the time says nothing of the place
            found = stored
    return found


def open_door(
    scopes: SecurityScopes, text: Annotated[str | None, Security(header)] = None
) -> StoredKey:
    now = datetime.now(UTC)
    stored = find_key(text or "")
    if stored is None or stored.revoked_at is not None or stored.expires_at <= now:
        raise REFUSED
    if "write" in scopes.scopes and stored.scope == "read":
        raise HTTPException(403, "This key may only read.")
    note_use(stored.id, now)
    return stored


Reader = Annotated[StoredKey, Security(open_door, scopes=["read"])]
Writer = Annotated[StoredKey, Security(open_door, scopes=["write"])]
