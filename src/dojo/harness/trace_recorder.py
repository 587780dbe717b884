"""The trace recorder: it notes in one order what passes between a submission and all around it.

Hosts and labs that it opens behave like all others and tell it, besides, what they send and
receive. A check opens them without it, and pays nothing for it.
"""

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from .connections import Connection
from .evidence import Event, Evidence
from .failures import Location
from .hosts import Host
from .snapshot_process import Changes, SnapshotProcess

if TYPE_CHECKING:
    from .mail_server import Mail
    from .upstream_protocol import Received, Reply

REST_SECONDS = 0.5
"""Undisturbed seconds in which calls whose answers are read may end, before a trace does."""


@dataclass(frozen=True)
class Pushed:
    """The grader sends a frame to a host: a request, a part of one, or what its peer does."""

    frame: dict[str, Any]


@dataclass(frozen=True)
class Noted:
    """A criterion says what happens between the requests, in words that reports show too."""

    text: str


@dataclass(frozen=True)
class Stood:
    """The app was asked where it stands, because it is silent."""

    locations: tuple[Location, ...]
    cause: str


@dataclass(frozen=True)
class Ended:
    """A host has ended: it was killed, or it ended by itself."""

    killed: bool


@dataclass(frozen=True)
class Asked:
    """The upstream has received its call `number`."""

    number: int
    request: "Received"


@dataclass(frozen=True)
class Replied:
    """The upstream answers its call `number`."""

    number: int
    reply: "Reply"


@dataclass(frozen=True)
class HungUp:
    """Whoever made call `number` of the upstream left before it was answered."""

    number: int


@dataclass(frozen=True)
class MailCame:
    """Mail `number` has reached the mail server whole."""

    number: int
    mail: "Mail"


@dataclass(frozen=True)
class MailAnswered:
    """The mail server says whether it takes mail `number`; with an empty line it hangs up."""

    number: int
    line: str


@dataclass(frozen=True)
class MailLeft:
    """Whoever handed mail `number` over left before it was answered."""

    number: int


Call = Asked | Replied | HungUp
Handover = MailCame | MailAnswered | MailLeft
Subject = Event | Pushed | Noted | Stood | Ended | Call | Handover


@dataclass(frozen=True)
class Observation:
    """Something that was seen; `instance` is the host it is about, from 1, or 0 for none.

    `opened` is how many hosts had been opened by then.
    """

    instance: int
    opened: int
    subject: Subject


@dataclass
class Recording:
    """All that was seen in one criterion, and the steps that each host was taken through."""

    observations: list[Observation] = field(default_factory=list)
    hosts: list[Host] = field(default_factory=list)


class TraceRecorder:
    """Record one criterion after the other; what happens between them is not seen."""

    def __init__(self) -> None:
        self._recording: Recording | None = None
        self._told: dict[int, tuple[list[str], list[str]]] = {}

    def begin(self) -> None:
        """Begin with a criterion."""
        self._recording = Recording()
        self._told = {}

    async def rest(self) -> None:
        """Let what has been answered end too; an app that is silent is asked for nothing more."""
        for host in self._recording.hosts if self._recording is not None else ():
            with suppress(Exception):  # a host that is gone has ended
                host.connection.write({"kind": "settle", "seconds": 0})
                await host.patience.wait(host.connection.queue("settled").get(), REST_SECONDS)

    def end(self) -> Recording:
        """End a criterion and give what was seen."""
        recording, self._recording = self._recording or Recording(), None
        for host in recording.hosts:
            self._read_history(recording, host)
        return recording

    def see(self, instance: int, subject: Subject) -> None:
        """Note something that was seen, after what the criterion has told of meanwhile."""
        recording = self._recording
        if recording is None:
            return
        for host in {*recording.hosts[-1:], *recording.hosts[max(instance - 1, 0) :][:1]}:
            self._read_history(recording, host)
        self._add(recording, instance, subject)

    async def open_host(self, snapshot: SnapshotProcess, *, environment: Changes) -> Host:
        """Open a copy of a snapshot that tells what it sends and receives."""
        if self._recording is None:
            return await Host.open(snapshot, environment=environment)
        see = partial(self.see, len(self._recording.hosts) + 1)
        connect = partial(TracedConnection.open, see=see)
        host = await TracedHost.open(snapshot, environment=environment, connect=connect)
        host.see = see
        self._recording.hosts.append(host)
        for event in host.evidence:  # what the import has caused
            see(event)
        return host

    def _read_history(self, recording: Recording, host: Host) -> None:
        """Take over what was written into the history of a host since it was last looked at."""
        history = host.history
        _, known = self._told.get(id(history), (history, []))
        if len(history) == len(known) and history[-1:] == known[-1:]:
            return
        same = sum(1 for _ in itertools.takewhile(_are_equal, zip(history, known, strict=False)))
        self._told[id(history)] = (history, list(history))  # kept alive, so that its id is its own
        for text in history[same:]:
            self._add(recording, 0, Noted(text.removeprefix("# ")))

    def _add(self, recording: Recording, instance: int, subject: Subject) -> None:
        opened = len(recording.hosts)
        recording.observations.append(Observation(instance, opened, subject))


def _are_equal(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]


See = Callable[[Subject], None]


class TracedConnection(Connection):
    """A connection that shows what goes through it."""

    def __init__(self, evidence: Evidence, see: See) -> None:
        super().__init__(evidence)
        self._see = see

    def write(self, frame: dict[str, Any]) -> None:
        """Send a frame, and show it."""
        self._see(Pushed(frame))
        super().write(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        """Show that the host ended by itself."""
        if self.ended is None:
            self._see(Ended(killed=False))
        super().connection_lost(exc)

    def _take(self, frame: object) -> None:
        super()._take(frame)
        self._see(self.evidence.events[-1])


class TracedHost(Host):
    """A host that shows what a frame does not tell: where it stands, and that it is killed."""

    see: See

    async def where(self) -> tuple[Location, ...]:
        """Say where the submission's code stands, and show it."""
        locations = await super().where()
        self.see(Stood(locations, self.cause))
        return locations

    def kill(self) -> None:
        """Kill the process at once, and show it."""
        if self.connection.ended is None:
            self.see(Ended(killed=True))
        super().kill()
