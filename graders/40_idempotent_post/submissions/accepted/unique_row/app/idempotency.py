"""Idempotency: one row for each key. Who inserts it is first; who finds it takes what it says."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from fastapi import HTTPException
from fastapi.responses import JSONResponse, Response

from . import gateway
from .models import Answer, Draft, Receipt
from .store import FILE

LEASE_SECONDS = 60.0
LIFETIME_SECONDS = 24 * 60 * 60.0

CREATE = """
    CREATE TABLE IF NOT EXISTS requests (
        key TEXT PRIMARY KEY, fingerprint TEXT, charge_key TEXT, expires_at REAL,
        owner TEXT, leased_until REAL, answer TEXT
    )
"""
CLEAN = "DELETE FROM requests WHERE expires_at <= :now"
TAKE = """
    INSERT INTO requests
    VALUES (:key, :fingerprint, :owner, :now + :lifetime, :owner, :now + :lease, NULL)
    ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, leased_until = excluded.leased_until
    WHERE fingerprint = excluded.fingerprint AND answer IS NULL AND leased_until <= :now
"""
READ = "SELECT fingerprint, charge_key, owner, answer FROM requests WHERE key = :key"
FINISH = "UPDATE requests SET answer = :answer WHERE key = :key AND owner = :owner"
FREE = "UPDATE requests SET leased_until = 0 WHERE key = :key AND owner = :owner"


async def charge_once(key: str, purpose: str, draft: Draft) -> Response:
    """Charge the card, unless this key has an answer already or another request holds it."""
    fingerprint = sha256(f"{purpose}{draft.model_dump_json()}".encode()).hexdigest()
    owner = uuid4().hex
    first, charge_key, holder, saved = await asyncio.to_thread(take, key, fingerprint, owner)
    if first != fingerprint:
        raise HTTPException(422, "This idempotency key was used for another request.")
    if saved is not None:
        return respond(Answer.model_validate_json(saved))
    is_mine = holder == owner
    if is_mine:
        try:
            answer = await charge(purpose, draft, charge_key)
        except gateway.GatewayUnavailable:
            await asyncio.to_thread(change, FREE, key=key, owner=owner)
            raise
        text = answer.model_dump_json()
        is_mine = await asyncio.to_thread(change, FINISH, key=key, owner=owner, answer=text)
    if not is_mine:
        raise HTTPException(409, "This request is under way.", {"Retry-After": "1"})
    return respond(answer)


def respond(answer: Answer) -> Response:
    return JSONResponse(answer.body, answer.status_code, answer.headers)


def connect() -> sqlite3.Connection:
    connection = sqlite3.connect(FILE, isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def take(key: str, fingerprint: str, owner: str) -> Any:
    """Take the row of a key, if it can be had, and say what is in it."""
    values: dict[str, Any] = {"key": key, "fingerprint": fingerprint, "owner": owner}
    values |= {"lease": LEASE_SECONDS, "lifetime": LIFETIME_SECONDS}
    values["now"] = datetime.now(UTC).timestamp()
    with closing(connect()) as database:
        database.execute(CREATE)
        database.execute("BEGIN IMMEDIATE")
        database.execute(CLEAN, values)
        database.execute(TAKE, values)
        row = database.execute(READ, values).fetchone()
        database.execute("COMMIT")
    return row


def change(statement: str, **values: str) -> bool:
    """Change the row of a key and tell whether it was still the owner's."""
    with closing(connect()) as database:
        return database.execute(statement, values).rowcount == 1


async def charge(purpose: str, draft: Draft, key: str) -> Answer:
    """Charge the card and say what to answer; a decline is an answer too."""
    try:
        made = await gateway.charge(draft.amount, draft.card, key)
    except gateway.CardDeclined as declined:
        return Answer(status_code=402, body={"detail": str(declined)})
    receipt = Receipt(id=made.id, purpose=purpose, order=draft.order, amount=draft.amount)
    body, headers = receipt.model_dump(mode="json"), {"Location": f"/receipts/{made.id}"}
    return Answer(status_code=201, body=body, headers=headers)
