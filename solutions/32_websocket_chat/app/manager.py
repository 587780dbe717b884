"""The chat rooms: who is in which room, and how a message gets to everybody there."""

import asyncio
from contextlib import suppress

from anyio import CancelScope, create_task_group
from anyio.lowlevel import checkpoint
from fastapi import WebSocket, WebSocketDisconnect, status
from pydantic import ValidationError

from .limits import MAX_BACKLOG, MAX_FRAME_BYTES
from .messages import Draft, Message

# Turns of the event loop in which every member that reads takes a message out and sends it.
TURNS = 3


class Member:
    """One connection in a room: what waits for it, and with which code it is to be closed."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.waiting: asyncio.Queue[str] = asyncio.Queue(MAX_BACKLOG)
        self.work = CancelScope()
        self.code: int | None
        self.gone = asyncio.Event()

    def end(self, code: int | None) -> None:
        """Stop listening and writing; the code is `None` if there is nothing left to close."""
        self.code = code
        self.work.cancel()

    async def write(self) -> None:
        with suppress(WebSocketDisconnect):  # the listener is told of it as well
            while True:
                await self.websocket.send_text(await self.waiting.get())


class ConnectionManager:
    def __init__(self) -> None:
        self.rooms: dict[str, set[Member]] = {}
        self.turns = asyncio.Lock()

    async def serve(self, websocket: WebSocket, room: str, name: str) -> None:
        await websocket.accept()
        member = Member(websocket)
        self.rooms.setdefault(room, set()).add(member)
        try:
            try:
                with member.work:
                    async with create_task_group() as jobs:
                        jobs.start_soon(member.write)
                        member.end(await self._listen(websocket, room, name))
            finally:
                self._leave(room, member)
            if member.code is not None:
                with suppress(WebSocketDisconnect):
                    await websocket.close(member.code)
        finally:
            member.gone.set()

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
                    await checkpoint()
        return None

    def _broadcast(self, room: str, message: Message) -> None:
        text = message.model_dump_json()
        for member in self.rooms[room]:
            if member.waiting.full():
                member.end(status.WS_1013_TRY_AGAIN_LATER)
            else:
                member.waiting.put_nowait(text)

    def _leave(self, room: str, member: Member) -> None:
        self.rooms[room].remove(member)
        if not self.rooms[room]:
            del self.rooms[room]

    def count_members(self) -> dict[str, int]:
        return {room: len(members) for room, members in self.rooms.items()}

    async def close(self) -> None:
        members = [member for room in self.rooms.values() for member in room]
        for member in members:
            member.end(status.WS_1001_GOING_AWAY)
        await asyncio.gather(*(member.gone.wait() for member in members))
