"""Idempotency: a request that is sent again gets the answer of the first one."""

from datetime import timedelta
from hashlib import sha256

from fastapi import HTTPException
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from . import gateway
from .models import Answer, Draft, Receipt
from .store import KeyStore

LEASE = timedelta(seconds=60)
LIFETIME = timedelta(hours=24)


class Record(BaseModel):
    fingerprint: str
    answer: Answer


async def charge_once(store: KeyStore, key: str, purpose: str, draft: Draft) -> Response:
    """Charge the card under a lock in the store, unless this key has an answer already."""
    fingerprint = sha256(f"{purpose}{draft.model_dump_json()}".encode()).hexdigest()
    if not await store.set_if_absent(f"lock:{key}", "locked", LEASE):
        raise HTTPException(409, "This request is under way.", {"Retry-After": "1"})
    try:
        found = await store.get(key)
        if found is None:
            record = Record(fingerprint=fingerprint, answer=await charge(purpose, draft))
            await store.set(key, record.model_dump_json(), LIFETIME)
        else:
            record = Record.model_validate_json(found)
    finally:
        await store.delete(f"lock:{key}")
    if record.fingerprint != fingerprint:
        raise HTTPException(422, "This idempotency key was used for another request.")
    return JSONResponse(record.answer.body, record.answer.status_code, record.answer.headers)


async def charge(purpose: str, draft: Draft) -> Answer:
    """Charge the card and say what to answer; a decline is an answer too."""
    try:
        made = await gateway.charge(draft.amount, draft.card)
    except gateway.CardDeclined as declined:
        return Answer(status_code=402, body={"detail": str(declined)})
    receipt = Receipt(id=made.id, purpose=purpose, order=draft.order, amount=draft.amount)
    body, headers = receipt.model_dump(mode="json"), {"Location": f"/receipts/{made.id}"}
    return Answer(status_code=201, body=body, headers=headers)
