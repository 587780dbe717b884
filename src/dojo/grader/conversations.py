"""Conversations: the WebSocket sessions of drawn traffic, and what each of them gets after a step.

That nothing more comes is known once the app's event loop rests, and never by time. Whether what
came is right, the oracle says.
"""

import json
from collections.abc import Mapping
from typing import Any

from ..harness.failures import SubmissionError
from ..harness.hosts import Host
from ..harness.websocket_client import CONNECTION_LOST, WebSocket, open_websocket
from .traffic import Connect, Facts, Leave, Message, Pause, SessionStep

_LONGEST_SHOWN = 160


class Conversation:
    """The sessions of one host, by the names that steps give them."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._sessions: dict[str, WebSocket] = {}
        self._silent: set[str] = set()

    def find(self, name: str) -> WebSocket | None:
        """Give a session by its name; `None` if it was never opened."""
        return self._sessions.get(name)

    async def take(self, step: SessionStep, expected: Facts | None = None) -> Facts:
        """Take a step, and tell what every session gets until the app rests.

        What is `expected` is waited for first. A step of a session that is not there does nothing.
        """
        facts = await self._act(step)
        heard: dict[str, list[Any]] = {name: [] for name in self._sessions}
        for name, events in heard.items():
            await self._wait(name, events, len((expected or {}).get(f"{name} gets", ())))
        await self._host.settle()
        for name, events in heard.items():
            peer = self._sessions[name]
            events += [_read(event) for event in await peer.list_events()]
            events += self._read_end(name, peer)
        raised = {
            f"{name}'s handler raises": str(peer.exchange.raised)
            for name, peer in self._sessions.items()
            if peer.exchange.raised is not None
        }
        return facts | {f"{name} gets": events for name, events in heard.items()} | raised

    async def _act(self, step: SessionStep) -> Facts:
        if isinstance(step, Connect):
            return await self._connect(step)
        peer = self._sessions.get(step.name)
        if peer is None:
            return {}
        note = self._host.history.append
        match step:
            case Message(name, frames):
                shown = ", ".join(map(_show, frames))
                note(f"{name} sends {shown}{' in one go' if len(frames) > 1 else ''}")
                with self._host.connection.hold_frames():
                    for frame in frames:
                        peer.send_text(frame) if isinstance(frame, str) else peer.send_bytes(frame)
            case Leave(name, code):
                note(f"{name} {'loses the connection' if code == CONNECTION_LOST else 'leaves'}")
                self._silent.add(name)
                peer.leave(code)
            case Pause(name, reads):
                note(f"{name} {'reads again' if reads else 'stops reading'}")
                peer.resume() if reads else peer.stall()
        return {}

    async def _connect(self, step: Connect) -> Facts:
        peer = open_websocket(self._host, step.path)
        self._sessions[step.name] = peer
        self._host.history[-1] = f"{step.name}: {self._host.history[-1]}"
        if await peer.connect():
            return {"accepted": True}
        self._silent.add(step.name)
        return {"accepted": f"no, but status {peer.status}"}

    async def _wait(self, name: str, heard: list[Any], number: int) -> None:
        """Wait for so many events of a session; what does not come is missing then."""
        peer = self._sessions[name]
        while len(heard) < number:
            try:
                event = await peer.next_event()
            except SubmissionError as error:
                if error.kind != "hang":
                    raise
                return
            if event is None:
                heard += self._read_end(name, peer)
                return
            heard.append(_read(event))

    def _read_end(self, name: str, peer: WebSocket) -> list[Facts]:
        """Give how a session has ended, once, unless it was left."""
        if name in self._silent or (peer.close_code is None and not peer.exchange.ended):
            return []
        self._silent.add(name)
        if peer.close_code is not None:
            return [{"closed with": peer.close_code}]
        return [{"closed with": None}]


def _read(event: Mapping[str, Any]) -> Any:
    """Read what a frame holds: the JSON value of its text, or else the event itself."""
    try:
        return json.loads(event["text"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return {name: str(value) for name, value in event.items() if value is not None}


def _show(frame: str | bytes) -> str:
    shown = frame if isinstance(frame, str) and frame else repr(frame)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"
