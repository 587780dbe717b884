"""The chat rooms: who is in which room, and how a message gets to everybody there."""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect, WebSocketException, status
from pydantic import ValidationError

from .limits import MAX_BACKLOG, MAX_FRAME_BYTES
from .messages import Draft, Message

# Turns of the event loop in which every member that reads takes a message out and sends it.
TURNS = 3


class Member:
    """One connection in a room: a plain deque, and a condition that tells the writer of it."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.handler = asyncio.current_task()
        self.waiting: deque[str] = deque()
        self.has_work = asyncio.Event()
        self.is_dismissed = asyncio.Event()
        self.code = status.WS_1000_NORMAL_CLOSURE

    def take(self, text: str) -> None:
        if len(self.waiting) < MAX_BACKLOG:
            self.waiting.append(text)
            self.has_work.set()
        else:
            self.dismiss(status.WS_1013_TRY_AGAIN_LATER)

    def dismiss(self, code: int) -> None:
        if not self.is_dismissed.is_set():
            self.code = code
            self.is_dismissed.set()

    async def write(self) -> None:
        while True:
            await self.has_work.wait()
            self.has_work.clear()
            while self.waiting:
                await self.websocket.send_text(self.waiting.popleft())

    async def wait_for_dismissal(self) -> None:
        await self.is_dismissed.wait()
        raise WebSocketException(self.code)


class ConnectionManager:
    def __init__(self) -> None:
        self.rooms: dict[str, set[Member]] = {}
        self.turns = asyncio.Lock()

    async def serve(self, websocket: WebSocket, room: str, name: str) -> None:
        """Serve a member; FastAPI closes the connection when a WebSocketException leaves here."""
        await websocket.accept()
        member = Member(websocket)
        members = self.rooms.setdefault(room, set())
        members.add(member)
        jobs = [
            asyncio.create_task(self._listen(websocket, room, name)),
            asyncio.create_task(member.write()),
            asyncio.create_task(member.wait_for_dismissal()),
        ]
        try:
            with suppress(WebSocketDisconnect):
                await asyncio.gather(*jobs)
        finally:
            for job in jobs:
                job.cancel()
            members.remove(member)
            if not members:
                del self.rooms[room]

    async def _listen(self, websocket: WebSocket, room: str, name: str) -> None:
        while (event := await websocket.receive())["type"] == "websocket.receive":
            frame = event.get("text")
            if frame is None:
                raise WebSocketException(status.WS_1003_UNSUPPORTED_DATA)
            if len(frame.encode()) > MAX_FRAME_BYTES:
                raise WebSocketException(status.WS_1009_MESSAGE_TOO_BIG)
            try:
                draft = Draft.model_validate_json(frame)
            except ValidationError as error:
                code = status.WS_1007_INVALID_FRAME_PAYLOAD_DATA
                raise WebSocketException(code) from error
            async with self.turns:  # whoever comes at the same moment waits for these turns too
                self._broadcast(room, Message(name=name, text=draft.text))
                for _ in range(TURNS):
                    await asyncio.sleep(0)
        raise WebSocketDisconnect

    def _broadcast(self, room: str, message: Message) -> None:
        text = message.model_dump_json()
        for member in self.rooms[room]:
            member.take(text)

    def count_members(self) -> dict[str, int]:
        return {room: len(members) for room, members in self.rooms.items()}

    async def close(self) -> None:
        members = [member for room in self.rooms.values() for member in room]
        for member in members:
            member.dismiss(status.WS_1001_GOING_AWAY)
        handlers: list[asyncio.Task[Any]] = [each.handler for each in members if each.handler]
        await asyncio.gather(*handlers, return_exceptions=True)
