"""A door for each scope: a class whose objects are dependencies."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import HTTPException, Request, Security
from fastapi.security import APIKeyHeader

from . import digests, store


class KeyHeader(APIKeyHeader):
    """The scheme, which refuses a missing key in our own words."""

    def make_not_authenticated_error(self) -> HTTPException:
        return refuse()


def refuse() -> HTTPException:
    return HTTPException(401, "A valid API key is required.", {"www-authenticate": "ApiKey"})


key_header = KeyHeader(name="X-API-Key", scheme_name="Partner key")


class Door:
    """Lets in whoever has a key with one of the scopes; gives the name of the client."""

    def __init__(self, *scopes: store.Scope) -> None:
        self._scopes = scopes

    async def __call__(self, request: Request, key: Annotated[str, Security(key_header)]) -> str:
        now = datetime.now(UTC)
        digest = digests.make_digest(key)
        candidates = store.find_keys(key[: digests.PREFIX_LENGTH])
        right = [each for each in candidates if digests.is_same(digest, each.digest)]
        good = [each for each in right if not each.revoked_at and each.expires_at > now]
        if not good:
            raise refuse()
        if good[0].scope not in self._scopes:
            raise HTTPException(403, "This key may only read.")
        store.note_use(good[0].id, now)
        request.state.client = good[0].client
        return good[0].client


may_read = Door("read", "write")
may_write = Door("write")
