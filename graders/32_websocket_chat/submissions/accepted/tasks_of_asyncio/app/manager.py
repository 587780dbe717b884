"""The chat rooms: who is in which room, and how a message gets to everybody there."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect, status
from pydantic import ValidationError

from .limits import MAX_BACKLOG, MAX_FRAME_BYTES
from .messages import Draft, Message

# Turns of the event loop in which every member that reads takes a message out and sends it.
TURNS = 3


class Member:
    """One connection in a room. `dismissal` gets the code when somebody else ends it."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.waiting: asyncio.Queue[str] = asyncio.Queue(MAX_BACKLOG)
        self.dismissal: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.handler = asyncio.current_task()

    def dismiss(self, code: int) -> None:
        if not self.dismissal.done():
            self.dismissal.set_result(code)

    async def run(self, listen: Coroutine[Any, Any, int | None]) -> int | None:
        """Listen and write until one of them ends, or the member is dismissed."""
        jobs = [asyncio.ensure_future(job) for job in (listen, self._write(), self.dismissal)]
        try:
            await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
            return next(job.result() for job in jobs if job.done())
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)

    async def _write(self) -> None:
        with contextlib.suppress(WebSocketDisconnect):
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
            code = await member.run(self._listen(websocket, room, name))
        finally:
            self._leave(room, member)
        if code is not None:
            with contextlib.suppress(WebSocketDisconnect):
                await websocket.close(code)

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
        for member in self.rooms[room]:
            try:
                member.waiting.put_nowait(text)
            except asyncio.QueueFull:
                member.dismiss(status.WS_1013_TRY_AGAIN_LATER)

    def _leave(self, room: str, member: Member) -> None:
        self.rooms[room].remove(member)
        if not self.rooms[room]:
            del self.rooms[room]

    def count_members(self) -> dict[str, int]:
        return {room: len(members) for room, members in self.rooms.items()}

    async def close(self) -> None:
        members = [member for room in self.rooms.values() for member in room]
        for member in members:
            member.dismiss(status.WS_1001_GOING_AWAY)
        handlers = [member.handler for member in members if member.handler is not None]
        await asyncio.gather(*handlers, return_exceptions=True)
