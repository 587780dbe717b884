"""Request ids, and the answer to a crash."""

import re
import uuid
from contextvars import ContextVar
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .settings import GATEWAYS

HEADER = "X-Request-ID"

_scope: ContextVar[Any] = ContextVar("scope", default=None)


def get_request_id() -> str:
    scope = _scope.get()
    return "-" if scope is None else str(scope["request_id"])


class Answer:
    """What one request is answered, with its id."""

    def __init__(self, send: Send, request_id: str) -> None:
        self.started = False
        self._send = send
        self._header = (b"x-request-id", request_id.encode())

    async def __call__(self, message: Message) -> None:
        if message["type"] in (
            "http.response.start",
            "websocket.http.response.start",
            "websocket.accept",
        ):
            self.started = True
            message["headers"] = [*message["headers"], self._header]
        await self._send(message)


class RequestIds:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = make_id(scope)
        _scope.set(scope)
        answer = Answer(send, scope["request_id"])
        try:
            await self._app(scope, receive, answer)
        except Exception:
            if scope["type"] == "http" and not answer.started:
                await PlainTextResponse("Our mistake.", 500)(scope, receive, answer)
            raise


def make_id(scope: Scope) -> str:
    claimed = Headers(scope=scope).get(HEADER)
    match scope["client"]:
        case [address, _] if address in GATEWAYS and claimed is not None:
            if re.fullmatch(r"[\w.-]{1,64}", claimed, re.ASCII):
                return claimed
    return str(uuid.uuid4())
