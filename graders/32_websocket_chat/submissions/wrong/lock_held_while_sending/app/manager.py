"""The chat rooms: who is in which room, and how a message gets to everybody there."""

import asyncio
import contextlib

from fastapi import WebSocket, WebSocketDisconnect, status
from pydantic import ValidationError

from .limits import MAX_FRAME_BYTES
from .messages import Draft, Message


class ConnectionManager:
    """Keep the open connections of every room."""

    def __init__(self) -> None:
        self.rooms: dict[str, list[WebSocket]] = {}
        self.lock = asyncio.Lock()

    async def serve(self, websocket: WebSocket, room: str, name: str) -> None:
        await self.connect(room, websocket)
        try:
            code = await self.listen(websocket, room, name)
        finally:
            await self.disconnect(room, websocket)
        if code is not None:
            await self.say_goodbye(websocket, code)

    async def listen(self, websocket: WebSocket, room: str, name: str) -> int | None:
        while (event := await websocket.receive())["type"] == "websocket.receive":
            frame = event.get("text")
            if frame is None:
                return status.WS_1003_UNSUPPORTED_DATA
            if len(frame.encode()) > MAX_FRAME_BYTES:
                return status.WS_1009_MESSAGE_TOO_BIG
            try:
                draft = Draft.model_validate_json(frame)
            except ValidationError:
                return status.WS_1007_INVALID_FRAME_PAYLOAD_DATA
            await self.broadcast(room, Message(name=name, text=draft.text))
        return None

    async def connect(self, room: str, websocket: WebSocket) -> None:
        await websocket.accept()
        async with self.lock:
            self.rooms.setdefault(room, []).append(websocket)

    async def disconnect(self, room: str, websocket: WebSocket) -> None:
        async with self.lock:
            self.rooms[room].remove(websocket)
            if not self.rooms[room]:
                del self.rooms[room]

    async def broadcast(self, room: str, message: Message) -> None:
        text = message.model_dump_json()
        async with self.lock:
            for connection in self.rooms[room]:
                with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                    await connection.send_text(text)

    def count_members(self) -> dict[str, int]:
        return {room: len(connections) for room, connections in self.rooms.items()}

    async def close(self) -> None:
        everybody = [each for connections in self.rooms.values() for each in connections]
        await asyncio.gather(
            *(self.say_goodbye(each, status.WS_1001_GOING_AWAY) for each in everybody)
        )

    async def say_goodbye(self, websocket: WebSocket, code: int) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await websocket.close(code)
