"""Live sessions: an object for each, which a callback of the event loop ends in time."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, HTTPException, WebSocket
from fastapi.requests import HTTPConnection
from pydantic import BaseModel, ValidationError

from .board import board
from .protocol import (
    ALLOWED_ORIGINS,
    SUBPROTOCOL,
    TOKEN_EXPIRED,
    TOKEN_PREFIX,
    Problem,
    Subscribe,
    Subscribed,
)
from .tokens import InvalidToken, Visitor, read_token

router = APIRouter()


class Guard:
    """Says who comes with a connection, be it for HTTP or for a WebSocket."""

    def __init__(self, origins: frozenset[str]) -> None:
        self.origins = origins

    def __call__(self, connection: HTTPConnection) -> Visitor:
        if not self.origins.issuperset(connection.headers.getlist("origin")):
            raise HTTPException(403)
        for token in self.list_tokens(connection):
            try:
                return read_token(token)
            except InvalidToken:
                break
        raise HTTPException(401)

    def list_tokens(self, connection: HTTPConnection) -> list[str]:
        header = connection.headers.get("authorization", "").split(" ", 1)
        if len(header) == 2 and header[0].casefold() == "bearer":
            return header[1:]
        offered: list[str] = connection.scope.get("subprotocols", [])
        return [each[len(TOKEN_PREFIX) :] for each in offered if each.startswith(TOKEN_PREFIX)]


class Session:
    """A session that is open, until somebody sets its code."""

    def __init__(self, websocket: WebSocket, visitor: Visitor) -> None:
        self.websocket, self.visitor = websocket, visitor
        self.row = 0
        self.code: int | None = None
        self.task = asyncio.current_task()
        left = (visitor.expires_at - datetime.now(UTC)).total_seconds()
        self.timer = asyncio.get_running_loop().call_later(left, self.expire)

    def expire(self) -> None:
        self.code = TOKEN_EXPIRED
        if self.task is not None:
            self.task.cancel()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> Literal[True]:
        self.timer.cancel()
        board.leave(self.websocket)
        if self.code is not None:
            if self.task is not None:
                self.task.uncancel()
            await self.websocket.close(self.code)
        return True

    def answer(self, text: str | None) -> BaseModel:
        try:
            shop = Subscribe.model_validate_json(text or "").shop
        except ValidationError:
            self.row += 1
            return Problem(code="invalid")
        self.row = 0
        if shop not in self.visitor.shops:
            return Problem(code="forbidden")
        board.subscribe(self.websocket, shop)
        return Subscribed(shop=shop)


@router.websocket("/live")
async def show_orders(
    websocket: WebSocket, visitor: Annotated[Visitor, Depends(Guard(ALLOWED_ORIGINS))]
) -> None:
    spoken = [each for each in websocket.scope["subprotocols"] if each == SUBPROTOCOL]
    await websocket.accept(spoken[0] if spoken else None)
    async with Session(websocket, visitor) as session:
        while session.code is None:
            event = await websocket.receive()
            if event["type"] == "websocket.disconnect":
                return
            await websocket.send_text(session.answer(event.get("text")).model_dump_json())
            session.code = 1008 if session.row == 3 else None
