"""Idempotency: a request that is sent again gets the answer of the first one."""

import asyncio
from collections import defaultdict
from datetime import timedelta
from hashlib import sha256

from fastapi import HTTPException
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from . import gateway
from .models import Answer, Draft, Receipt
from .store import KeyStore

LIFETIME = timedelta(hours=24)
locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)


class Record(BaseModel):
    fingerprint: str
    answer: Answer


async def charge_once(store: KeyStore, key: str, purpose: str, draft: Draft) -> Response:
    """Charge the card, unless this key has an answer already."""
    fingerprint = sha256(f"{purpose}{draft.model_dump_json()}".encode()).hexdigest()
    async with locks[key]:
        found = await store.get(key)
        if found is None:
            record = Record(fingerprint=fingerprint, answer=await charge(purpose, draft))
            await store.set(key, record.model_dump_json(), LIFETIME)
        else:
            record = Record.model_validate_json(found)
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
