"""Live sessions: who may open one, what is said in it, and when it ends."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, WebSocket, WebSocketDisconnect, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import ValidationError

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

MOST_INVALID = 3
"""So many invalid frames in a row end a session."""

Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def get_visitor(websocket: WebSocket, credentials: Credentials) -> Visitor:
    """Give the visitor whose token a handshake brings, or refuse the handshake."""
    origin = websocket.headers.get("origin")
    if origin is not None and origin not in ALLOWED_ORIGINS:
        raise HTTPException(status.HTTP_403_FORBIDDEN)
    try:
        return read_token(find_token(websocket, credentials))
    except InvalidToken:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED) from None


def find_token(websocket: WebSocket, credentials: HTTPAuthorizationCredentials | None) -> str:
    if credentials is not None:
        return credentials.credentials
    offered = websocket.scope["subprotocols"]
    found = next((each for each in offered if each.startswith(TOKEN_PREFIX)), "")
    return found.removeprefix(TOKEN_PREFIX)


CurrentVisitor = Annotated[Visitor, Depends(get_visitor)]


@router.websocket("/live")
async def show_orders(websocket: WebSocket, visitor: CurrentVisitor) -> None:
    """Serve a session until the client leaves, breaks the rules, or has a token that expired."""
    is_offered = SUBPROTOCOL in websocket.scope["subprotocols"]
    await websocket.accept(SUBPROTOCOL if is_offered else None)
    time_left = visitor.expires_at - datetime.now(UTC)
    try:
        async with asyncio.timeout(time_left.total_seconds()):
            await listen(websocket, visitor)
    except TimeoutError:
        await websocket.close(TOKEN_EXPIRED)
    except WebSocketDisconnect:
        pass  # the client was gone before it got an answer
    finally:
        board.leave(websocket)


async def listen(websocket: WebSocket, visitor: Visitor) -> None:
    invalid_in_a_row = 0
    while (event := await websocket.receive())["type"] == "websocket.receive":
        wish = read_wish(event.get("text"))
        invalid_in_a_row = invalid_in_a_row + 1 if wish is None else 0
        answer = Problem(code="invalid") if wish is None else subscribe(websocket, visitor, wish)
        await websocket.send_text(answer.model_dump_json())
        if invalid_in_a_row == MOST_INVALID:
            await websocket.close(status.WS_1008_POLICY_VIOLATION)
            return


def read_wish(text: str | None) -> Subscribe | None:
    """Read a frame; its text is `None` if it is a binary one."""
    try:
        return Subscribe.model_validate_json(text or "")
    except ValidationError:
        return None


def subscribe(websocket: WebSocket, visitor: Visitor, wish: Subscribe) -> Subscribed | Problem:
    if wish.shop not in visitor.shops:
        return Problem(code="forbidden")
    board.subscribe(websocket, wish.shop)
    return Subscribed(shop=wish.shop)
