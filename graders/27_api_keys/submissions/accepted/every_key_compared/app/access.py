"""Who may use the routes of the parcels. The prefix is not used: all keys are compared."""

from datetime import UTC, datetime

from fastapi import Depends, HTTPException
from fastapi.security import APIKeyHeader

from .digests import is_same, make_digest
from .store import StoredKey, list_keys, note_use

read_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The partner's key.")


def identify(key: str | None = Depends(read_header)) -> StoredKey:
    try:
        digest = make_digest(key or "")
        (found,) = [each for each in list_keys() if is_same(digest, each.digest)]
        if found.revoked_at is None and found.expires_at > datetime.now(UTC):
            return found
    except ValueError:
        pass
    raise HTTPException(
        status_code=401,
        detail="A valid API key is required.",
        headers={"WWW-Authenticate": "ApiKey"},
    )


def check_scope(caller: StoredKey = Depends(identify)) -> StoredKey:
    if caller.scope == "read":
        raise HTTPException(status_code=403, detail="This key may only read.")
    return caller


def note(caller: StoredKey) -> None:
    note_use(caller.id, datetime.now(UTC))
