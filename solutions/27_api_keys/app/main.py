"""The routes of the depot: parcels for its partners, and keys for its office."""

from datetime import UTC, datetime, timedelta

from fastapi import Depends, FastAPI, HTTPException

from . import store
from .access import Reader, Writer
from .digests import PREFIX_LENGTH, make_digest, make_key
from .office import require_office
from .store import KeyDraft, KeyInfo, Parcel, ParcelDraft, StoredKey

app = FastAPI(title="Parcel depot")

OFFICE_ONLY = [Depends(require_office)]


class NewKey(KeyInfo):
    """A key that was just made: the only answer that shows it."""

    key: str


@app.get("/parcels")
def read_parcels(access: Reader) -> list[Parcel]:
    return store.list_parcels(access.client)


@app.post("/parcels", status_code=201)
def send_parcel(access: Writer, draft: ParcelDraft) -> Parcel:
    return store.add_parcel(access.client, draft.to)


@app.post("/clients/{client}/keys", status_code=201, dependencies=OFFICE_ONLY)
def create_key(client: str, draft: KeyDraft) -> NewKey:
    key = make_key()
    prefix, digest = key[:PREFIX_LENGTH], make_digest(key)
    expires_at = datetime.now(UTC) + timedelta(days=draft.days)
    stored = store.add_key(client, prefix, digest, draft.scope, expires_at)
    return NewKey(**stored.model_dump(exclude={"digest"}), key=key)


@app.get("/clients/{client}/keys", response_model=list[KeyInfo], dependencies=OFFICE_ONLY)
def read_keys(client: str) -> list[StoredKey]:
    return [key for key in store.list_keys() if key.client == client]


@app.delete("/keys/{key_id}", status_code=204, dependencies=OFFICE_ONLY)
def delete_key(key_id: int) -> None:
    found = next((key for key in store.list_keys() if key.id == key_id), None)
    if found is None:
        raise HTTPException(404, f"Key {key_id} does not exist.")
    if found.revoked_at is None:
        store.revoke_key(key_id, datetime.now(UTC))
