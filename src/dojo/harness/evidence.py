"""Evidence: everything that a host said, in the one order in which it happened.

Frames of a host are hostile input: each is checked against its model here, and what does not fit
is the submission's error. Evidence is never a verdict by itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from .barriers import Watch
from .failures import SubmissionError

MOST_EVENTS = 50_000

BROKEN_CONNECTION = "The app broke its connection to the grader."


class Event(BaseModel):
    """One thing that happened; `position` is its place in the evidence, from 0."""

    model_config = ConfigDict(extra="forbid", strict=True)
    position: int = -1


class Sent(Event):
    """The application sent an ASGI event."""

    kind: Literal["send"]
    call: int
    event: dict[str, Any]
    endpoint: dict[str, Any] | None = None


class Waiting(Event):
    """The application waits in `receive` and has taken all the events that had arrived."""

    kind: Literal["waiting"]
    call: int
    arrived: int


class Begun(Event):
    """A server has called the application."""

    kind: Literal["begun"]
    call: int


class Returned(Event):
    """The application's call returned."""

    kind: Literal["returned"]
    call: int


class Cancelled(Event):
    """The application's call was cancelled."""

    kind: Literal["cancelled"]
    call: int


class RaisedError(BaseModel):
    """An exception as the host describes it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    type: str
    message: str
    locations: list[dict[str, Any]]
    missing: str | None = None

    def __str__(self) -> str:
        """Write it like the last line of a traceback."""
        return f"{self.type}: {self.message}" if self.message else self.type


class Raised(Event):
    """The application's call raised."""

    kind: Literal["raised"]
    call: int
    error: RaisedError


class Log(Event):
    """A log record; `call` is the ASGI call on whose behalf it was made, where known."""

    kind: Literal["log"]
    logger: str
    level: str
    message: str
    fields: dict[str, str | int | float | bool | None]
    call: int | None


class CutOff(Event):
    """Later log records are left out: there were too many."""

    kind: Literal["cut_off"]
    records: int


class Warned(Event):
    """A Python warning."""

    kind: Literal["warning"]
    category: str
    message: str
    file: str
    line: int


class Output(Event):
    """Text written to a standard stream."""

    kind: Literal["output"]
    stream: Literal["stdout", "stderr"]
    text: str
    truncated: bool


class Where(Event):
    """Where suspended tasks and threads stand, and what some of them are seen to wait for."""

    kind: Literal["where"]
    tasks: list[dict[str, Any]]
    threads: list[dict[str, Any]]
    causes: list[Literal["threads", "connections", "http connections", "lock", "semaphore"]]


class Moved(Event):
    """The clock was moved."""

    kind: Literal["moved"]
    at: float


class Settled(Event):
    """The event loop has come to rest; `workers` are the threads of AnyIO that are busy."""

    kind: Literal["settled"]
    workers: int


class Debugger(Event):
    """A debugger can attach now, or has attached."""

    kind: Literal["debugger"]
    state: Literal["listening", "attached"]


class ObjectCount(Event):
    """How many objects of each type are alive, by the type's dotted name, and blocks in use."""

    kind: Literal["object_count"]
    objects: dict[str, int]
    blocks: int


class Served(Event):
    """Uvicorn has ended, with an `error` if it could not serve."""

    kind: Literal["served"]
    started: bool
    error: RaisedError | None = None


class Died(Event):
    """The host's event loop ended with an exception."""

    kind: Literal["died"]
    error: RaisedError


class Mark(Event):
    """A moment that the grader itself noted."""

    kind: Literal["mark"]
    text: str


HostEvent = Annotated[
    Sent
    | Waiting
    | Returned
    | Cancelled
    | Raised
    | Log
    | CutOff
    | Warned
    | Output
    | Where
    | Moved
    | Settled
    | Begun
    | ObjectCount
    | Debugger
    | Served
    | Died,
    Field(discriminator="kind"),
]

_reader: TypeAdapter[Any] = TypeAdapter(HostEvent)

Kind = TypeVar("Kind", bound=Event)


def read_event(frame: object) -> Event:
    """Check a frame of a host; `SubmissionError` if it is none that a host sends."""
    try:
        event: Event = _reader.validate_python(frame)
    except ValidationError:
        raise SubmissionError("protocol", BROKEN_CONNECTION) from None
    return event


@dataclass(frozen=True)
class Matcher:
    """Something to look for in the evidence, and the words for it."""

    words: str
    matches: Callable[[Event], bool]

    def __str__(self) -> str:
        return self.words


def _belongs(log: Log, logger: str) -> bool:
    return log.logger == logger or log.logger.startswith(logger + ".")


class Evidence:
    """An ordered list of events that only grows."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._watch = Watch()

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def append(self, event: Event) -> None:
        """Add an event at the end; `SubmissionError` once there are too many."""
        if len(self.events) >= MOST_EVENTS:
            raise SubmissionError(
                "protocol", f"The app caused more than {MOST_EVENTS} events in one run."
            )
        event.position = len(self.events)
        self.events.append(event)
        self._watch.look()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds()` is true, now or after a later event; for ever if it never is."""
        await self._watch.until(holds)

    def mark(self, text: str) -> Mark:
        """Note a moment of the grader's own, such as "the client left"."""
        mark = Mark(kind="mark", text=text)
        self.append(mark)
        return mark

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Give the events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def logs_of(self, logger: str, call: int, began: int) -> list[Log]:
        """Give the records of a logger, its children included, of a call that began there."""
        return [
            event
            for event in self.events[began:]
            if isinstance(event, Log) and event.call == call and _belongs(event, logger)
        ]

    def logs(self, logger: str, message: str | None = None, **fields: object) -> list[Log]:
        """Give the records of a logger, its children included, that match."""
        return [
            log
            for log in self.of(Log)
            if _belongs(log, logger)
            and (message is None or log.message == message)
            and all(log.fields.get(name) == value for name, value in fields.items())
        ]

    def find(self, matcher: Matcher) -> list[Event]:
        """Give the events that match a matcher, in order."""
        return [event for event in self.events if matcher.matches(event)]
