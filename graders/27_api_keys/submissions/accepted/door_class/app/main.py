"""The routes of the depot, in two routers with their guards."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response

from .access import may_read, may_write
from .digests import PREFIX_LENGTH, make_digest, make_key
from .office import require_office
from .store import (
    KeyDraft,
    KeyInfo,
    Parcel,
    ParcelDraft,
    add_key,
    add_parcel,
    list_keys,
    list_parcels,
    revoke_key,
)

parcels = APIRouter()
office = APIRouter(dependencies=[Depends(require_office)])


class NewKey(KeyInfo):
    key: str


@parcels.get("/parcels", dependencies=[Depends(may_read)])
async def read_parcels(request: Request) -> list[Parcel]:
    return list_parcels(request.state.client)


@parcels.post("/parcels", status_code=201)
async def send_parcel(draft: ParcelDraft, client: Annotated[str, Depends(may_write)]) -> Parcel:
    return add_parcel(client, draft.to)


@office.post("/clients/{client}/keys", status_code=201, response_model=NewKey)
async def create_key(client: str, draft: KeyDraft) -> dict[str, Any]:
    key = make_key()
    end = datetime.now(UTC) + timedelta(days=draft.days)
    row = add_key(client, key[:PREFIX_LENGTH], make_digest(key), draft.scope, end)
    return {**dict(row), "key": key}


@office.get("/clients/{client}/keys", response_model=list[KeyInfo])
async def read_keys(client: str) -> list[Any]:
    return [each for each in list_keys() if each.client == client]


@office.delete("/keys/{key_id}", status_code=204)
async def delete_key(key_id: int) -> Response:
    for each in list_keys():
        if each.id == key_id:
            if each.revoked_at is None:
                revoke_key(key_id, datetime.now(UTC))
            return Response(status_code=204)
    raise HTTPException(404)


app = FastAPI(title="Parcel depot")
app.include_router(parcels)
app.include_router(office)
