"""The board: which sessions get the orders of which shops. It asks nobody for a token."""

from contextlib import suppress

from fastapi import WebSocket, WebSocketDisconnect

from .protocol import Order


class Board:
    """Pass each order on to the sessions that subscribed to its shop."""

    def __init__(self) -> None:
        self._shops: dict[WebSocket, set[str]] = {}

    def subscribe(self, websocket: WebSocket, shop: str) -> None:
        """Pass the orders of a shop on to a session, besides those that it gets already."""
        self._shops.setdefault(websocket, set()).add(shop)

    def leave(self, websocket: WebSocket) -> None:
        """Pass nothing on to a session any more."""
        self._shops.pop(websocket, None)

    async def publish(self, order: Order) -> int:
        """Send an order to the sessions of its shop; give their number."""
        listeners = [each for each, shops in self._shops.items() if order.shop in shops]
        for listener in listeners:
            with suppress(WebSocketDisconnect, RuntimeError):  # it has ended in the meantime
                await listener.send_text(order.model_dump_json())
        return len(listeners)


board = Board()
