"""Calls: what every ASGI call has, whatever its protocol, and the call of the lifespan.

A call is the server's side of `receive` and `send`. It follows uvicorn, also where that is laxer or
stricter than the specification; `tests/wall` compares the two. Which connection it is, and who
reads what it sends, is the relay's affair.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from .frames import Frame
from .locations import Locations
from .recorder import current_call

Event = MutableMapping[str, Any]
Application = Callable[..., Awaitable[object]]


class FrameWriter(Protocol):
    """What a call needs of the relay."""

    locations: Locations

    def write(self, frame: Frame) -> None:
        """Send a frame to the grader."""


class ClientDisconnected(OSError):
    """The peer has gone: no fault of an application that ends with it."""


class Call:
    """One ASGI call: its scope, the events that wait for it, the sends that wait for the peer."""

    def __init__(self, relay: FrameWriter, number: int, scope: Event, *, held: bool) -> None:
        self.number = number
        self.scope = scope
        self._relay = relay
        self._inbox: deque[Event] = deque()
        self._arrived = 0
        self._news = asyncio.Event()
        self._held = held
        self._unanswered: deque[asyncio.Future[None]] = deque()

    def put(self, event: Event) -> None:
        """Put an event of the grader where `receive` finds it."""
        self._arrived += 1
        self._inbox.append(event)
        self._news.set()

    def acknowledge(self, error: str | None) -> None:
        """Let the oldest unanswered `send` return, or break the connection with all of them."""
        if error is not None:
            self.lose(error)
        elif self._unanswered:
            _settle(self._unanswered.popleft(), None)

    def hold(self, held: bool) -> None:
        """Hold every `send` from now on, or let go of those that are held and hold no more."""
        self._held = held
        if not held:
            self._release(None)

    def lose(self, error: str) -> None:
        """Break the connection, as a peer does that vanishes."""

    async def receive(self) -> Event:
        """Give the next event of the grader, as ASGI's `receive`."""
        while not self._inbox:
            await self._wait_for_news()
        return self._inbox.popleft()

    async def send(self, event: Event) -> None:
        """Take an event of the application, as ASGI's `send`."""
        raise NotImplementedError

    async def run(self, application: Application) -> None:
        """Run the application to its end and say how it ended; no end is the server's own."""
        current_call.set(self.number)
        frame: Frame = {"kind": "returned"}
        returned: object = None
        try:
            returned = await application(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except asyncio.CancelledError:
            frame = {"kind": "cancelled"}
        except BaseException as error:
            frame = {"kind": "raised", "error": self._relay.locations.of_exception(error)}
        self._finish(returned)
        self._relay.write(frame | {"call": self.number})

    def _finish(self, returned: object) -> None:
        """Do what a server does once the application has returned something, or has raised."""

    def _write(self, event: Event, **more: Any) -> None:
        self._relay.write({"kind": "send", "call": self.number, "event": event, **more})

    async def _wait_for_news(self) -> None:
        """Tell the grader that all is taken, and wait for something new."""
        self._relay.write({"kind": "waiting", "call": self.number, "arrived": self._arrived})
        self._news.clear()
        await self._news.wait()

    async def _wait_for_peer(self) -> None:
        """Wait while the peer does not read; what was sent first is read first."""
        if self._held:  # a send that is cancelled stays in line
            self._unanswered.append(asyncio.get_running_loop().create_future())
            await self._unanswered[-1]

    def _release(self, error: OSError | None) -> None:
        while self._unanswered:
            _settle(self._unanswered.popleft(), error)


def _settle(future: "asyncio.Future[None]", error: OSError | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


_ENDS = ("complete", "failed")
_LONGEST_MESSAGE = 4000


class LifespanCall(Call):
    """The call in which an application starts up and shuts down; one step follows the other."""

    def __init__(self, relay: FrameWriter, number: int, scope: Event, *, held: bool) -> None:
        super().__init__(relay, number, scope, held=held)
        self._steps = ["startup", "shutdown"]

    async def send(self, event: Event) -> None:
        """Take the end of a step; `AssertionError` for anything else, as under uvicorn."""
        ends = [f"lifespan.{step}.{end}" for step in self._steps[:1] for end in _ENDS]
        assert event["type"] in ends, f"'{event['type']}' is sent where one of {ends} should be."
        del self._steps[0]
        answer: Event = {"type": event["type"]}
        if message := event.get("message"):
            answer["message"] = str(message)[:_LONGEST_MESSAGE]
        self._write(answer, endpoint=None)
