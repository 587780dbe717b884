"""Idempotency: a request that is sent again gets the answer of the first one."""

import json
from datetime import timedelta

from fastapi.responses import JSONResponse, Response

from . import gateway
from .models import Answer, Draft, Receipt
from .store import KeyStore

LIFETIME = timedelta(hours=24)


async def charge_once(store: KeyStore, key: str, purpose: str, draft: Draft) -> Response:
    """Charge the card, unless this key has an answer already."""
    # TODO 1: five requests at once make five charges, and a replay is not quite the first answer.
    # TODO 4: if this process ends between two of these lines, a retry charges the card again.
    saved = await store.get(key)
    if saved is not None:
        return JSONResponse(json.loads(saved))
    answer = await charge(purpose, draft)
    await store.set(key, json.dumps(answer.body), LIFETIME)
    return JSONResponse(answer.body, answer.status_code, answer.headers)


async def charge(purpose: str, draft: Draft) -> Answer:
    """Charge the card and say what to answer."""
    # TODO 3: after a decline nothing is stored, and a retry charges the card.
    made = await gateway.charge(draft.amount, draft.card)
    receipt = Receipt(id=made.id, purpose=purpose, order=draft.order, amount=draft.amount)
    body, headers = receipt.model_dump(mode="json"), {"Location": f"/receipts/{made.id}"}
    return Answer(status_code=201, body=body, headers=headers)
