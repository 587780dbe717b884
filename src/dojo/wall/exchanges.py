"""Exchanges: one ASGI call to a submission, event by event: the raw ASGI driver.

Requests, WebSocket sessions and the lifespan are all exchanges; the clients of httpx and of
WebSockets are built on it. It plays the server exactly and leaves out what a server would guess.
"""

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
        self._queue = host.connection.queue(number)
        host.connection.write(
            {"kind": "start", "call": number, "scope": scope, "acknowledge": stepped}
        )

    def push(self, event: dict[str, Any]) -> None:
        """Put an event where the application's `receive` finds it."""
        self._host.connection.write({"kind": "event", "call": self.number, "event": event})

    def cancel(self) -> None:
        """Cancel the application's task, as a server does that is told to stop at once."""
        self._host.connection.write({"kind": "cancel", "call": self.number})

    def accept(self) -> None:
        """Let the application's pending `send` return."""
        self._host.connection.write({"kind": "sent", "call": self.number, "error": None})

    def refuse(self, error: str = "Broken pipe") -> None:
        """Let the application's pending `send` raise `OSError`, as on a dead connection."""
        self._host.connection.write({"kind": "sent", "call": self.number, "error": error})

    async def next(self) -> Event:
        """Wait for the next event of this call, of whichever kind."""
        event = await self._host.wait(self._queue)
        if isinstance(event, Raised):
            self.raised = event.error
        if isinstance(event, Sent) and event.endpoint is not None:
            self.endpoint = read_places([event.endpoint])
        self.ended = self.ended or isinstance(event, Returned | Raised | Cancelled)
        assert isinstance(event, Event)
        return event

    async def next_sent(self) -> Sent | None:
        """Wait for the next event that the application sends; `None` if it ends without one."""
        while not self.ended:
            event = await self.next()
            if isinstance(event, Sent):
                return event
        return None

    async def wait_until_receiving(self) -> None:
        """Wait until the application waits in `receive` for an event that is not there."""
        while not isinstance(await self.next(), Waiting):
            if self.ended:
                return

    async def wait_until_ended(self) -> None:
        """Wait until the application's call has returned or raised."""
        while not self.ended:
            await self.next()

    @property
    def places(self) -> tuple[Place, ...]:
        """The submission's own lines of the exception that ended the call, innermost first."""
        return tuple(reversed(read_places(self.raised.places))) if self.raised else ()
