"""The routes of the depot; each notes the use of the key when its work is done."""

from datetime import UTC, datetime, timedelta

from fastapi import Depends, FastAPI, HTTPException
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from .access import check_scope, identify, note
from .digests import PREFIX_LENGTH, make_digest, make_key
from .office import require_office
from .store import (
    KeyDraft,
    Parcel,
    ParcelDraft,
    StoredKey,
    add_key,
    add_parcel,
    list_keys,
    list_parcels,
    revoke_key,
)

app = FastAPI(title="Parcel depot")


@app.get("/parcels")
def read_parcels(caller: StoredKey = Depends(identify)) -> list[Parcel]:
    note(caller)
    return list_parcels(caller.client)


@app.post("/parcels", status_code=201)
def send_parcel(draft: ParcelDraft, caller: StoredKey = Depends(check_scope)) -> Parcel:
    parcel = add_parcel(caller.client, draft.to)
    note(caller)
    return parcel


@app.post("/clients/{client}/keys", status_code=201, dependencies=[Depends(require_office)])
def create_key(client: str, draft: KeyDraft) -> JSONResponse:
    key = make_key()
    end = datetime.now(UTC) + timedelta(days=draft.days)
    stored = add_key(client, key[:PREFIX_LENGTH], make_digest(key), draft.scope, end)
    shown = jsonable_encoder(stored, exclude={"digest"})
    return JSONResponse(shown | {"key": key}, status_code=201)


@app.get(
    "/clients/{client}/keys",
    response_model=list[StoredKey],
    response_model_exclude={"__all__": {"digest"}},
    dependencies=[Depends(require_office)],
)
def read_keys(client: str) -> list[StoredKey]:
    return [each for each in list_keys() if each.client == client]


@app.delete("/keys/{key_id}", status_code=204, dependencies=[Depends(require_office)])
def delete_key(key_id: int) -> None:
    keys = {each.id: each for each in list_keys()}
    if key_id not in keys:
        raise HTTPException(status_code=404, detail="There is no such key.")
    if not keys[key_id].revoked_at:
        revoke_key(key_id, datetime.now(UTC))
