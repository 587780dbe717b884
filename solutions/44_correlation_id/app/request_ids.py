"""Request ids: which one a request has, and how the code that runs for it gets to know it."""

import re
from contextvars import ContextVar
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .settings import GATEWAYS

HEADER = "X-Request-ID"
FORM = re.compile(r"[A-Za-z0-9._-]{1,64}")
STARTS = {"http.response.start", "websocket.accept", "websocket.http.response.start"}
_request_id: ContextVar[str] = ContextVar("request_id", default="-")


def get_request_id() -> str:
    """Give the id of the request for which the caller runs, `-` outside of any request."""
    return _request_id.get()


def choose_id(connection: HTTPConnection) -> str:
    """Keep the id that one of our gateways has given in the right form; else make a new one."""
    claimed = connection.headers.get(HEADER, "")
    believed = connection.client is not None and connection.client.host in GATEWAYS
    return claimed if believed and FORM.fullmatch(claimed) else uuid4().hex


class RequestIds:
    """Gives each request and each WebSocket an id: in its context, and in its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        request_id = choose_id(HTTPConnection(scope))

        async def send_with_id(message: Message) -> None:
            if message["type"] in STARTS:
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        _request_id.set(request_id)  # for this call alone: the server makes a task for each
        await self.app(scope, receive, send_with_id)
