"""The chat rooms: who is in which room, and how a message gets to everybody there."""

import asyncio
import contextlib

from fastapi import WebSocket, WebSocketDisconnect, status
from pydantic import ValidationError

from .limits import MAX_BACKLOG, MAX_FRAME_BYTES
from .messages import Draft, Message

# Turns of the event loop in which every member that reads takes a message out and sends it.
TURNS = 3


class Member:
    """One connection in a room, with the task that writes to it."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.waiting: asyncio.Queue[str] = asyncio.Queue(MAX_BACKLOG)
        self.writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await self.websocket.send_text(await self.waiting.get())

    async def close(self, code: int) -> None:
        self.writer.cancel()
        # The peer may have gone, or somebody else may have closed first.
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self.websocket.close(code)


class ConnectionManager:
    def __init__(self) -> None:
        self.rooms: dict[str, set[Member]] = {}
        self.turns = asyncio.Lock()
        self.goodbyes: set[asyncio.Task[None]] = set()

    async def serve(self, websocket: WebSocket, room: str, name: str) -> None:
        await websocket.accept()
        member = Member(websocket)
        self.rooms.setdefault(room, set()).add(member)
        try:
            code = await self._listen(websocket, room, name)
        finally:
            self._leave(room, member)
            member.writer.cancel()
        if code is not None:
            await member.close(code)

    async def _listen(self, websocket: WebSocket, room: str, name: str) -> int | None:
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
            async with self.turns:  # whoever comes at the same moment waits for these turns too
                self._broadcast(room, Message(name=name, text=draft.text))
                for _ in range(TURNS):
                    await asyncio.sleep(0)
        return None

    def _broadcast(self, room: str, message: Message) -> None:
        text = message.model_dump_json()
        for member in tuple(self.rooms.get(room, ())):
            try:
                member.waiting.put_nowait(text)
            except asyncio.QueueFull:
                self._leave(room, member)
                # A server answers a close with a disconnect, and that ends the handler.
                goodbye = asyncio.create_task(member.close(status.WS_1013_TRY_AGAIN_LATER))
                self.goodbyes.add(goodbye)
                goodbye.add_done_callback(self.goodbyes.discard)

    def _leave(self, room: str, member: Member) -> None:
        members = self.rooms.get(room, set())
        members.discard(member)
        if not members:
            self.rooms.pop(room, None)

    def count_members(self) -> dict[str, int]:
        return {room: len(members) for room, members in self.rooms.items()}

    async def close(self) -> None:
        members = [member for room in self.rooms.values() for member in room]
        goodbyes = [member.close(status.WS_1001_GOING_AWAY) for member in members]
        await asyncio.gather(*goodbyes, *self.goodbyes)
