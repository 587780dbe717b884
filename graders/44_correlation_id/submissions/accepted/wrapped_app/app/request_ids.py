"""Request ids."""

import re
from contextvars import ContextVar
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .settings import GATEWAYS

NAME = b"x-request-id"
VALID = re.compile(rb"[A-Za-z0-9._-]{1,64}")

now: ContextVar[str] = ContextVar("now", default="-")


def get_request_id() -> str:
    return now.get()


def give_ids(app: ASGIApp) -> ASGIApp:
    async def with_id(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            own = find_id(scope) or uuid4().hex.encode()
            now.set(own.decode())

            async def answer(message: Message) -> None:
                if message["type"].rpartition(".")[2] in ("start", "accept"):
                    others = [each for each in message["headers"] if each[0].lower() != NAME]
                    message["headers"] = [*others, (NAME, own)]
                await send(message)

            await app(scope, receive, answer)
        else:
            await app(scope, receive, send)

    return with_id


def find_id(scope: Scope) -> bytes | None:
    if scope["client"] is None or scope["client"][0] not in GATEWAYS:
        return None
    for name, value in scope["headers"]:
        if name == NAME and VALID.fullmatch(value):
            return bytes(value)
    return None
