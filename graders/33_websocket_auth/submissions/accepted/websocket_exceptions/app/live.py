"""Live sessions: the handshake is refused by `WebSocketException`, and each wait has a limit."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import (
    APIRouter,
    Depends,
    Security,
    WebSocket,
    WebSocketDisconnect,
    WebSocketException,
    status,
)
from fastapi.security import OAuth2PasswordBearer
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
read_header = OAuth2PasswordBearer(tokenUrl="https://login.example/token", auto_error=False)


def check_origin(websocket: WebSocket) -> None:
    if websocket.headers.get("origin", SUBPROTOCOL) not in {SUBPROTOCOL, *ALLOWED_ORIGINS}:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)


def find_token(
    websocket: WebSocket, header: Annotated[str | None, Security(read_header)]
) -> str | None:
    for offered in websocket.scope["subprotocols"]:
        if header is None and offered.startswith(TOKEN_PREFIX):
            header = offered[len(TOKEN_PREFIX) :]
    return header


def get_visitor(token: Annotated[str | None, Depends(find_token)]) -> Visitor:
    try:
        return read_token(token or "")
    except InvalidToken as error:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION) from error


@router.websocket("/live", dependencies=[Depends(check_origin)])
async def show_orders(
    websocket: WebSocket, visitor: Annotated[Visitor, Depends(get_visitor)]
) -> None:
    spoken = {SUBPROTOCOL} & {*websocket.scope["subprotocols"]}
    await websocket.accept(next(iter(spoken), None))
    code: int | None = None
    invalid = 0
    try:
        while code is None:
            left = (visitor.expires_at - datetime.now(UTC)).total_seconds()
            try:
                event = await asyncio.wait_for(websocket.receive(), left)
            except TimeoutError:
                code = TOKEN_EXPIRED
                continue
            if event["type"] == "websocket.disconnect":
                return
            answer = answer_frame(websocket, visitor, event)
            is_invalid = isinstance(answer, Problem) and answer.code == "invalid"
            invalid = invalid + 1 if is_invalid else 0
            await websocket.send_json(answer.model_dump())
            code = status.WS_1008_POLICY_VIOLATION if invalid == 3 else None
        await websocket.close(code)
    except WebSocketDisconnect:
        return
    finally:
        board.leave(websocket)


def answer_frame(websocket: WebSocket, visitor: Visitor, event: dict[str, Any]) -> BaseModel:
    if event.get("text") is None:
        return Problem(code="invalid")
    try:
        shop = Subscribe.model_validate_json(event["text"]).shop
    except ValidationError:
        return Problem(code="invalid")
    if shop in visitor.shops:
        board.subscribe(websocket, shop)
        return Subscribed(shop=shop)
    return Problem(code="forbidden")
