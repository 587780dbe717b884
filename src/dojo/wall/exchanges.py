"""Exchanges: one ASGI call to a submission, event by event: the raw ASGI driver.

Requests, WebSocket sessions and the lifespan are all exchanges; the clients of httpx and of
WebSockets are built on it. It plays the server exactly and leaves out what a server would guess.
"""

from collections import deque
from typing import TYPE_CHECKING, Any

from .evidence import Cancelled, Event, Raised, RaisedError, Returned, Sent, Waiting
from .failures import Place, read_places

if TYPE_CHECKING:
    from .hosts import Host

Scope = dict[str, Any]


class Exchange:
    """One call of the application.

    With `stepped`, each `send` of the application waits until the test lets it go on with
    `accept`, or breaks it with `refuse`: so the peer is as slow, or as dead, as the test wants.
    """

    def __init__(self, host: "Host", number: int, scope: Scope, stepped: bool) -> None:
        self.number = number
        self.scope = scope
        self.raised: RaisedError | None = None
        self.endpoint: tuple[Place, ...] = ()
        self.ended = False
        self.broken = False
        self._host = host
        self._unread: deque[Sent] = deque()
        self._pushed = 0
        self._taken = -1
        self._queue = host.connection.queue(number)
        host.connection.write(
            {"kind": "start", "call": number, "scope": scope, "acknowledge": stepped}
        )

    def push(self, *events: dict[str, Any]) -> None:
        """Put events where the application's `receive` finds them, all at the same moment."""
        self._pushed += len(events)
        self._host.connection.write({"kind": "events", "call": self.number, "events": events})

    def cancel(self) -> None:
        """Cancel the application's task, as a server does that is told to stop at once."""
        self._host.connection.write({"kind": "cancel", "call": self.number})

    def accept(self) -> None:
        """Let the application's oldest pending `send` return; each is to be accepted in turn."""
        self._host.connection.write({"kind": "sent", "call": self.number, "error": None})

    def stall(self) -> None:
        """Let every `send` of the application wait from now on, as a peer that does not read."""
        self._host.connection.write({"kind": "hold", "call": self.number, "held": True})

    def resume(self) -> None:
        """Let the sends that wait return, in their order, and all later ones at once."""
        self._host.connection.write({"kind": "hold", "call": self.number, "held": False})

    def refuse(self, error: str = "Broken pipe") -> None:
        """Break the connection: pending sends and later ones raise `OSError`."""
        self._host.connection.write({"kind": "sent", "call": self.number, "error": error})

    async def next(self) -> Event:
        """Wait for the next event of this call, of whichever kind."""
        event = await self._host.wait(self._queue)
        if isinstance(event, Raised):
            self.raised = event.error
        if isinstance(event, Waiting):
            self._taken = event.arrived
        if isinstance(event, Sent) and event.endpoint is not None:
            self.endpoint = read_places([event.endpoint])
        self.ended = self.ended or isinstance(event, Returned | Raised | Cancelled)
        assert isinstance(event, Event)
        return event

    async def next_sent(self) -> Sent | None:
        """Wait for the next event that the application sends; `None` if it ends without one."""
        while not self._unread and not self.ended:
            await self._look()
        return self._unread.popleft() if self._unread else None

    async def wait_until_receiving(self) -> None:
        """Wait until the application has taken every pushed event and waits for another."""
        while not self.ended and self._taken != self._pushed:
            await self._look()

    async def wait_until_ended(self) -> None:
        """Wait until the application's call has returned or raised."""
        while not self.ended:
            await self._look()

    async def _look(self) -> Event:
        """Wait for the next event, and keep it for later if it is one that was sent."""
        event = await self.next()
        if isinstance(event, Sent):
            self._unread.append(event)
        return event

    @property
    def places(self) -> tuple[Place, ...]:
        """The submission's own lines of the exception that ended the call, innermost first."""
        return tuple(reversed(read_places(self.raised.places))) if self.raised else ()
