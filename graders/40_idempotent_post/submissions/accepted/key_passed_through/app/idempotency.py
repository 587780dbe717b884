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


class First(BaseModel):
    """The first request with a key: what it asked for, and until when the key is kept."""

    fingerprint: str
    kept_until: datetime


class Record(BaseModel):
    """What became of a key: a claim, which expires with its lease, then an answer."""

    owner: str
    answer: Answer | None = None


async def charge_once(store: KeyStore, key: str, purpose: str, draft: Draft) -> Response:
    """Charge the card, unless this key has an answer already or another request holds it."""
    fingerprint = sha256(f"{purpose}{draft.model_dump_json()}".encode()).hexdigest()
    first = await remember(store, f"first:{key}", fingerprint)
    if first.fingerprint != fingerprint:
        raise HTTPException(422, "This idempotency key was used for another request.")
    record = await take(store, key)
    if record.answer is None:
        claim = record.model_dump_json()
        try:
            # A retry gets the same charge. A key that has expired is another one to the gateway.
            record.answer = await charge(purpose, draft, f"{key} {first.kept_until.timestamp()}")
        except gateway.GatewayUnavailable:  # nothing was charged, so the next one need not wait
            await store.compare_and_delete(key, claim)
            raise
        kept = first.kept_until - datetime.now(UTC)
        if not await store.compare_and_set(key, claim, record.model_dump_json(), kept):
            raise under_way()  # the lease ran out: the answer is up to whoever took over
    return JSONResponse(record.answer.body, record.answer.status_code, record.answer.headers)


async def remember(store: KeyStore, key: str, fingerprint: str) -> First:
    """Give the first request with a key, which may be this one."""
    first = First(fingerprint=fingerprint, kept_until=datetime.now(UTC) + LIFETIME)
    if await store.set_if_absent(key, first.model_dump_json(), LIFETIME):
        return first
    found = await store.get(key)
    return first if found is None else First.model_validate_json(found)


async def take(store: KeyStore, key: str) -> Record:
    """Give the record of a key: with its answer, or as a claim that nobody else holds."""
    record = Record(owner=uuid4().hex)
    if await store.set_if_absent(key, record.model_dump_json(), LEASE):
        return record
    found = await store.get(key)
    if found is None or (record := Record.model_validate_json(found)).answer is None:
        raise under_way()
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
