"""Request ids."""

import secrets
import string
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .settings import GATEWAYS

HEADER = "X-Request-ID"
LONGEST = 64
CHARACTERS = frozenset(string.ascii_letters + string.digits + "._-")

request_ids: ContextVar[str] = ContextVar("request_ids")


def get_request_id() -> str:
    return request_ids.get("-")


def is_valid(claimed: str) -> bool:
    return 0 < len(claimed) <= LONGEST and CHARACTERS.issuperset(claimed)


class RequestIds:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        claimed = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        address = (scope.get("client") or ("", 0))[0]
        request_id = claimed if address in GATEWAYS and is_valid(claimed) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"].endswith(("response.start", ".accept")):
                own = (HEADER.lower().encode(), request_id.encode())
                message = {**message, "headers": [*message.get("headers", ()), own]}
            await send(message)

        token = request_ids.set(request_id)
        try:
            await self.app(scope, receive, send_with_id)
        finally:
            request_ids.reset(token)
