"""Idempotency: a request that is sent again gets the answer of the first one."""

from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from uuid import uuid4

from fastapi import HTTPException
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from . import gateway
from .models import Answer, Draft, Receipt
from .store import KeyStore

LEASE = timedelta(seconds=60)
LIFETIME = timedelta(hours=24)
under_way = partial(HTTPException, 409, "This request is under way.", {"Retry-After": "1"})


class Record(BaseModel):
    """What is known of a key: a claim, which one request holds for a while, then its answer."""

    fingerprint: str
    charge_key: str
    leased_until: datetime
    answer: Answer | None = None


async def charge_once(store: KeyStore, key: str, purpose: str, draft: Draft) -> Response:
    """Charge the card, unless this key has an answer already or another request holds it."""
    fingerprint = sha256(f"{purpose}{draft.model_dump_json()}".encode()).hexdigest()
    record = await take(store, key, fingerprint)
    if record.answer is None:
        claim = record.model_dump_json()
        try:
            record.answer = await charge(purpose, draft, record.charge_key)
        except gateway.GatewayUnavailable:  # by this call: an earlier owner's may have charged
            record.leased_until = datetime.now(UTC)
            await store.compare_and_set(key, claim, record.model_dump_json())
            raise
        if not await store.compare_and_set(key, claim, record.model_dump_json()):
            raise under_way()  # the lease ran out: the answer is up to whoever took over
    return JSONResponse(record.answer.body, record.answer.status_code, record.answer.headers)


async def take(store: KeyStore, key: str, fingerprint: str) -> Record:
    """Give the record of a key: with its answer, or as a claim that nobody else holds."""
    until = datetime.now(UTC) + LEASE
    found = await store.get(key)
    if found is None:
        record = Record(fingerprint=fingerprint, charge_key=uuid4().hex, leased_until=until)
        if not await store.set_if_absent(key, record.model_dump_json(), LIFETIME):
            raise under_way()  # somebody else saw that there was nothing, and was faster
        return record
    record = Record.model_validate_json(found)
    if record.fingerprint != fingerprint:
        raise HTTPException(422, "This idempotency key was used for another request.")
    if record.answer is None:
        if datetime.now(UTC) < record.leased_until:
            raise under_way()
        record.leased_until = until  # the gateway's key stays: the card may be charged already
        await store.set(key, record.model_dump_json(), LIFETIME)
    return record


async def charge(purpose: str, draft: Draft, key: str) -> Answer:
    """Charge the card and say what to answer; a decline is an answer too."""
    try:
        made = await gateway.charge(draft.amount, draft.card, key)
    except gateway.CardDeclined as declined:
        return Answer(status_code=402, body={"detail": str(declined)})
    receipt = Receipt(id=made.id, purpose=purpose, order=draft.order, amount=draft.amount)
    body, headers = receipt.model_dump(mode="json"), {"Location": f"/receipts/{made.id}"}
    return Answer(status_code=201, body=body, headers=headers)
