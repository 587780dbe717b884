"""Who may use the routes of the parcels: whoever sends a key that is stored and still good."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Security
from fastapi.security import APIKeyHeader

from .digests import PREFIX_LENGTH, is_same, make_digest
from .store import StoredKey, find_keys, note_use

# `auto_error` is off, because a missing key is answered like a wrong one.
header = APIKeyHeader(name="X-API-Key", auto_error=False)


def is_good(key: StoredKey, now: datetime) -> bool:
    return key.revoked_at is None and now < key.expires_at


def open_door(key: Annotated[str | None, Security(header)]) -> StoredKey:
    """Let a request in that has a good key, and say nothing of why it is not good."""
    if key:
        digest = make_digest(key)
        for stored in find_keys(key[:PREFIX_LENGTH]):
            if is_same(digest, stored.digest) and is_good(stored, datetime.now(UTC)):
                return stored
    raise HTTPException(401, "A valid API key is required.", headers={"WWW-Authenticate": "ApiKey"})


def open_for_reading(access: Annotated[StoredKey, Depends(open_door)]) -> StoredKey:
    note_use(access.id, datetime.now(UTC))
    return access


def open_for_writing(access: Annotated[StoredKey, Depends(open_door)]) -> StoredKey:
    if access.scope != "write":
        raise HTTPException(403, "This key may only read.")
    note_use(access.id, datetime.now(UTC))
    return access


Reader = Annotated[StoredKey, Depends(open_for_reading)]
Writer = Annotated[StoredKey, Depends(open_for_writing)]
