"""Live sessions: one task listens, another one looks at the clock; the first to end decides."""

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from fastapi.responses import PlainTextResponse
from pydantic import ValidationError

from . import protocol
from .board import board
from .protocol import Problem, Subscribe, Subscribed
from .tokens import InvalidToken, Visitor, read_token

router = APIRouter()


def let_in(websocket: WebSocket) -> Visitor | None:
    if websocket.headers.get("origin") not in {None, *protocol.ALLOWED_ORIGINS}:
        return None
    scheme, _, token = websocket.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        offered = websocket.headers.get("sec-websocket-protocol", "").split(",")
        names = [each.strip() for each in offered]
        token = next((each for each in names if each.startswith(protocol.TOKEN_PREFIX)), "")
        token = token.removeprefix(protocol.TOKEN_PREFIX)
    try:
        return read_token(token.strip())
    except InvalidToken:
        return None


@router.websocket("/live")
async def show_orders(websocket: WebSocket) -> None:
    visitor = let_in(websocket)
    if visitor is None:
        return await websocket.send_denial_response(PlainTextResponse("No.", 401))
    offered = [
        each.strip() for each in websocket.headers.get("sec-websocket-protocol", "").split(",")
    ]
    chosen = protocol.SUBPROTOCOL if protocol.SUBPROTOCOL in offered else None
    await websocket.accept(chosen)
    jobs = [asyncio.create_task(listen(websocket, visitor)), asyncio.create_task(watch(visitor))]
    try:
        done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
    finally:
        board.leave(websocket)
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
    for job in done:
        if not isinstance(job.exception(), WebSocketDisconnect):
            return await websocket.close(job.result())


async def watch(visitor: Visitor) -> int:
    """Look at the clock every second, so that a changed clock is noticed as well."""
    while datetime.now(UTC) < visitor.expires_at:
        await asyncio.sleep(1)
    return protocol.TOKEN_EXPIRED


async def listen(websocket: WebSocket, visitor: Visitor) -> int:
    """Answer frames; give the code to close with."""
    invalid = 0
    while invalid < 3:
        try:
            wish = Subscribe.model_validate_json(await websocket.receive_text())
        except (KeyError, ValidationError):
            invalid += 1
            await websocket.send_text(Problem(code="invalid").model_dump_json())
            continue
        invalid = 0
        if wish.shop in visitor.shops:
            board.subscribe(websocket, wish.shop)
            await websocket.send_text(Subscribed(shop=wish.shop).model_dump_json())
        else:
            await websocket.send_text(Problem(code="forbidden").model_dump_json())
    return 1008
