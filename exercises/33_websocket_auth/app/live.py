"""Live sessions: who may open one, what is said in it, and when it ends."""

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from .board import board
from .protocol import Subscribe, Subscribed

router = APIRouter()


@router.websocket("/live")
async def show_orders(websocket: WebSocket) -> None:
    """Let a client subscribe to the orders of shops, until it leaves."""
    # TODO 1: this lets everybody in, and asks for no token.
    # TODO 2: browsers send a token in another way, and say which page they are on.
    await websocket.accept()
    try:
        # TODO 4: this goes on when the token has expired.
        while True:
            # TODO 3: a bad frame crashes here, and a good one gets whatever it asks for.
            wish = Subscribe.model_validate_json(await websocket.receive_text())
            board.subscribe(websocket, wish.shop)
            await websocket.send_text(Subscribed(shop=wish.shop).model_dump_json())
    except WebSocketDisconnect:
        pass
    finally:
        board.leave(websocket)
