"""The limit of a call: each event renews patience, but not for ever.

A call of the application that goes on without an end is told by what came of it until then.
"""

from collections.abc import Callable, Iterable
from typing import Any

from .evidence import Event, Sent
from .processes import Stopwatch

CALL_SECONDS = 20.0
"""Undisturbed seconds that one call may keep the grader waiting, event after event."""


class CallLimit:
    """Count what a call of the application sends, and for how long."""

    def __init__(self, scope: dict[str, Any], pids: Callable[[], Iterable[int]]) -> None:
        self._scope = scope
        self.stopwatch = Stopwatch(pids)
        """Looked at while the grader waits: of a wait that nobody watched it counts little."""
        self._pieces = 0

    def exceed(self, event: Event) -> str | None:
        """Count an event; say what went on too long, or `None` while there is time left."""
        self._pieces += isinstance(event, Sent)
        return self._describe() if self.stopwatch.has_reached(CALL_SECONDS) else None

    def _describe(self) -> str:
        path = self._scope.get("path", "")
        after = f"after {CALL_SECONDS:.0f} seconds"
        match self._scope["type"]:
            case "http":
                what = f"The body of {self._scope['method']} {path}"
                return f"{what} came in {self._pieces - 1} pieces and was not complete {after}."
            case "websocket":
                return f"The WebSocket {path} had sent {self._pieces} messages {after}, too slowly."
            case _:
                return f"The lifespan was not done {after}."
