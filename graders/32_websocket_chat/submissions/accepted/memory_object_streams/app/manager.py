"""The chat rooms: who is in which room, and how a message gets to everybody there."""

from contextlib import suppress

import anyio
from anyio.lowlevel import checkpoint
from anyio.streams.memory import MemoryObjectReceiveStream
from fastapi import WebSocket, WebSocketDisconnect, status
from pydantic import ValidationError

from .limits import MAX_BACKLOG, MAX_FRAME_BYTES
from .messages import Draft, Message

# Turns of the event loop in which every member that reads takes a message out and sends it.
TURNS = 3


class Member:
    """One connection in a room: its mailbox, and a way to interrupt whatever it waits for."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.mailbox, self.messages = anyio.create_memory_object_stream[str](MAX_BACKLOG)
        self.scope = anyio.CancelScope()
        self.code: int | None = None
        self.told = anyio.Event()

    def interrupt(self, code: int | None) -> None:
        if not self.scope.cancel_called:
            self.code = code
            self.scope.cancel()

    async def write(self, messages: MemoryObjectReceiveStream[str]) -> None:
        with suppress(WebSocketDisconnect):
            async for text in messages:
                await self.websocket.send_text(text)
        self.interrupt(None)


class ConnectionManager:
    def __init__(self) -> None:
        self.rooms: dict[str, list[Member]] = {}
        self.turns = anyio.Lock()

    async def serve(self, websocket: WebSocket, room: str, name: str) -> None:
        await websocket.accept()
        member = Member(websocket)
        members = self.rooms.setdefault(room, [])
        members.append(member)
        try:
            try:
                with member.mailbox, member.messages, member.scope:
                    async with anyio.create_task_group() as jobs:
                        jobs.start_soon(member.write, member.messages)
                        member.interrupt(await self._listen(websocket, room, name))
            finally:
                members.remove(member)
                if not members:
                    del self.rooms[room]
            if member.code is not None:
                with suppress(WebSocketDisconnect):
                    await websocket.close(member.code)
        finally:
            member.told.set()

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
            try:
                member.mailbox.send_nowait(text)
            except anyio.WouldBlock:
                member.interrupt(status.WS_1013_TRY_AGAIN_LATER)

    def count_members(self) -> dict[str, int]:
        return {room: len(members) for room, members in self.rooms.items()}

    async def close(self) -> None:
        members = [member for room in self.rooms.values() for member in room]
        for member in members:
            member.interrupt(status.WS_1001_GOING_AWAY)
        for member in members:
            await member.told.wait()
