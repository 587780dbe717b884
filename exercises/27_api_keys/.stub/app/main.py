"""The routes of the depot: parcels for its partners, and keys for its office."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, FastAPI

from . import store
from .access import Access, open_door
from .digests import PREFIX_LENGTH, make_key
from .office import require_office
from .store import KeyDraft, Parcel, ParcelDraft, StoredKey

app = FastAPI(title="Parcel depot")

OFFICE_ONLY = [Depends(require_office)]


@app.get("/parcels")
async def read_parcels(access: Annotated[Access, Depends(open_door)]) -> list[Parcel]:
    return store.list_parcels(access.client)


@app.post("/parcels", status_code=201)
async def send_parcel(access: Annotated[Access, Depends(open_door)], draft: ParcelDraft) -> Parcel:
    return store.add_parcel(access.client, draft.to)


# TODO 1: who reads the database, or a list of keys, must not be able to use one.
@app.post("/clients/{client}/keys", status_code=201, dependencies=OFFICE_ONLY)
async def create_key(client: str, draft: KeyDraft) -> StoredKey:
    key = make_key()
    expires_at = datetime.now(UTC) + timedelta(days=draft.days)
    return store.add_key(client, key[:PREFIX_LENGTH], key, draft.scope, expires_at)


@app.get("/clients/{client}/keys", dependencies=OFFICE_ONLY)
async def read_keys(client: str) -> list[StoredKey]:
    return [key for key in store.list_keys() if key.client == client]


@app.delete("/keys/{key_id}", status_code=204, dependencies=OFFICE_ONLY)
async def delete_key(key_id: int) -> None:
    store.revoke_key(key_id, datetime.now(UTC))
