"""Fixtures: what a criterion can ask for by naming it as a parameter, labs included.

A lab's module is imported only where a kata needs it: some are slow to import.
"""

import os
import random
import socket
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import httpx
import pytest

from ..harness.failures import SubmissionError
from ..harness.hosts import Host
from ..harness.http_client import open_client
from ..harness.listeners import open_listener as open_own_listener
from ..harness.processes import end_descendants
from ..harness.snapshot_process import Changes, SnapshotProcess
from ..harness.temporary_folders import RunFolder, remove_tree

_SYLLABLES = ("ba", "di", "ko", "lu", "ma", "ne", "po", "ri", "sa", "tu", "ve", "zi")


class SeededInputs(random.Random):
    """A random source for one criterion: nobody guesses its inputs, and a seed repeats them."""

    def __init__(self, seed: int | str | None = None) -> None:
        super().__init__(seed)
        self._words: set[str] = set()

    def word(self, syllables: int = 3) -> str:
        """Draw a lower-case word that means nothing; one that was drawn before becomes longer."""
        word = "".join(self.choices(_SYLLABLES, k=syllables))
        while word in self._words:
            word += self.choice(_SYLLABLES)
        self._words.add(word)
        return word

    def name(self) -> str:
        """Draw a word that starts with a capital."""
        return self.word().capitalize()

    def number(self, low: int = 1000, high: int = 99_999) -> int:
        """Draw an integer, both ends included."""
        return self.randint(low, high)

    def numbers(self, count: int, low: int = 1000, high: int = 99_999) -> list[int]:
        """Draw different integers."""
        return self.sample(range(low, high + 1), count)

    def price(self) -> Decimal:
        """Draw a price with two decimals, the last of which is not 0."""
        return Decimal(self.randint(100, 9999) * 10 + self.randint(1, 9)) / 100


if TYPE_CHECKING:
    from ..harness.database import Database
    from ..harness.hosts import Clock
    from ..harness.mail_server import MailServer
    from ..harness.postgresql import Cluster
    from ..harness.upstream import Upstream


@dataclass(frozen=True)
class LabSet:
    """The labs of a run, their sockets and the environment by which a submission finds them."""

    labs: Sequence[str] = ()
    listeners: dict[str, socket.socket] = field(default_factory=dict)
    make_upstream: "Callable[[socket.socket], Upstream] | None" = None
    """Make the upstream otherwise: one that tells of its calls."""
    make_mail_server: "Callable[[socket.socket], MailServer] | None" = None
    """Make the mail server otherwise: one that tells of its mails."""
    cluster: "Cluster | None" = None
    """Where databases are in place of files of SQLite."""

    def open_upstream(self) -> "Upstream":
        """Make an HTTP server, to be scripted, that the submission finds under `UPSTREAM_URL`."""
        from ..harness.upstream import Upstream

        return (self.make_upstream or Upstream)(self.listeners["upstream"])

    def open_mail_server(self) -> "MailServer":
        """Make an SMTP server that the submission finds under `SMTP_HOST` and `SMTP_PORT`."""
        from ..harness.mail_server import MailServer

        return (self.make_mail_server or MailServer)(self.listeners["mail"])

    @property
    def environment(self) -> dict[str, str]:
        """Give the variables that the kata's given files read."""
        found: dict[str, str] = {}
        for name, listener in self.listeners.items():
            host, port = listener.getsockname()[:2]
            if name == "mail":
                found |= {"SMTP_HOST": host, "SMTP_PORT": str(port)}
            else:
                found[f"{name.upper()}_URL"] = f"http://{host}:{port}"
        return found

    def make_environment(self, work: Path) -> dict[str, str]:
        """Give the variables for submissions that are graded in the working folder `work`."""
        if "database" not in self.labs:
            return self.environment
        if self.cluster is not None:
            self.cluster.reset(work)
        return {**self.environment, "DATABASE_URL": self.open_database(work).url}

    def open_database(
        self, work: Path, list_pids: Callable[[], Iterable[int]] = tuple
    ) -> "Database":
        """Give the database that submissions in the working folder `work` find."""
        if self.cluster is not None:
            from ..harness.postgresql import PostgresqlDatabase

            return PostgresqlDatabase(self.cluster, work, list_pids)
        from ..harness.database import Database

        return Database(work, list_pids)

    def empty(self, folder: RunFolder) -> None:
        """Leave nothing of what a submission has stored in its working folder and its database."""
        folder.empty_work()
        if self.cluster is not None:
            self.cluster.reset(folder.work)

    def close_database(self, work: Path) -> None:
        """Remove the database of the working folder `work`, if it is not in that folder."""
        if self.cluster is not None:
            self.cluster.remove(work)


class HostOpener(Protocol):
    """A way to open a fresh copy of a submission."""

    def __call__(self, snapshot: SnapshotProcess, *, environment: Changes) -> Awaitable[Host]:
        """Open it; its lifespan has not started."""


@dataclass(frozen=True)
class Workplace:
    """Where a submission is graded: a snapshot not yet used, the seed of all inputs, the labs.

    All descendants of the process `owner` but those in `keep` end with each criterion.
    """

    snapshot: SnapshotProcess
    seed: str
    lab_set: LabSet = field(default_factory=LabSet)
    owner: int = field(default_factory=os.getpid)
    keep: frozenset[int] = frozenset()
    open_reference: Callable[[], AbstractContextManager[SnapshotProcess]] | None = None
    """Import the reference in a place of its own, out of reach of the submission."""
    recordings: dict[str, str] = field(default_factory=dict)
    """What was made from the seed alone, for whoever grades with the same one."""
    others: list[SnapshotProcess] = field(default_factory=list)
    """Snapshots that serve more than one criterion, besides the first one."""
    open_host: HostOpener = Host.open
    """Open a copy of a snapshot; how its calls are made is settled with that."""

    def list_pids(self) -> list[int]:
        """Give the processes whose descendants are all that runs of the submission."""
        return [pid for each in (self.snapshot, *self.others) for pid in each.list_pids()]

    def close_others(self) -> None:
        """End what serves criteria besides the first snapshot."""
        while self.others:
            self.others.pop().close()


WORKPLACE = pytest.StashKey[Workplace]()


class Hosts:
    """Open any number of copies of the submission within one criterion."""

    def __init__(
        self,
        snapshot: SnapshotProcess,
        open_host: HostOpener = Host.open,
        others: list[SnapshotProcess] | None = None,
    ) -> None:
        self.opened: list[Host] = []
        self.time: float | None = None
        self._snapshot = snapshot
        self._open_host = open_host
        self._others = [] if others is None else others
        self._repeated: list[SnapshotProcess] = []
        self._files: set[str] = set()

    async def open(self, *, start: bool = True, **environment: str | None) -> Host:
        """Open a fresh copy at the time of the clock and, unless told otherwise, start it up.

        It was imported before it gets its `environment`; `None` takes a variable away.
        """
        return await self._open(self._snapshot, environment, start=start)

    async def start(self, *, environment: Changes, files: Mapping[str, str] | None = None) -> Host:
        """Import and start the submission once more, in a changed environment and with files.

        `None` takes a variable away. The files are in the working folder, and no earlier ones.
        """
        self.write_files(files or {})
        snapshot = self._snapshot.begin_again(environment)
        self._others.append(snapshot)
        self._repeated.append(snapshot)
        return await self._open(snapshot, {}, start=True)

    def write_files(self, files: Mapping[str, str]) -> None:
        """Have these files in the working folder, and none that were written here before."""
        folder = self._snapshot.folder
        for name in self._files - files.keys():
            remove_tree(folder.work / name)
        for name, text in files.items():
            folder.write(name, text)
        self._files = set(files)

    def close_repeated(self) -> None:
        """End the processes in which `start` has imported the submission once more."""
        while self._repeated:
            snapshot = self._repeated.pop()
            self._others.remove(snapshot)
            snapshot.close()

    async def _open(self, snapshot: SnapshotProcess, environment: Changes, *, start: bool) -> Host:
        host = await self._open_host(snapshot, environment=environment)
        self.opened.append(host)
        if self.time is not None:
            await host.move_clock(self.time)
        if start:
            await host.start()
        return host

    async def move_clock(self, time: float) -> None:
        """Set the time, in seconds since the epoch, for all open copies and for later ones."""
        self.time = time
        for host in self.opened:
            if host.connection.ended is None:
                await host.move_clock(time)


HOSTS = pytest.StashKey[Hosts]()


@pytest.fixture
def workplace(request: pytest.FixtureRequest) -> Workplace:
    """Give where this run takes place."""
    return request.config.stash[WORKPLACE]


@pytest.fixture
def inputs(request: pytest.FixtureRequest, workplace: Workplace) -> SeededInputs:
    """Give a random source that depends on the run's seed and the criterion's name."""
    return SeededInputs(f"{workplace.seed}/{request.node.name}")


@pytest.fixture
async def hosts(request: pytest.FixtureRequest, workplace: Workplace) -> AsyncIterator[Hosts]:
    """Give a way to open copies of the submission; afterwards nothing of them is left."""
    opened = Hosts(workplace.snapshot, workplace.open_host, workplace.others)
    request.node.stash[HOSTS] = opened
    yield opened
    for host in opened.opened:
        host.close()
    opened.close_repeated()
    own = frozenset({workplace.snapshot.pid})
    spared = frozenset().union(*(each.spared for each in (workplace.snapshot, *workplace.others)))
    ended = end_descendants(workplace.owner, (workplace.keep - own) | spared)
    workplace.lab_set.empty(workplace.snapshot.folder)
    for host in opened.opened:
        if not isinstance(host.connection.ended, SubmissionError | None):
            raise host.connection.ended  # perhaps nobody was waiting who would have heard of it
    if not ended:
        raise SubmissionError("limit", "Processes that the app started cannot be ended.")


@pytest.fixture
async def host(hosts: Hosts) -> Host:
    """Give a fresh copy of the submission, started."""
    return await hosts.open()


@pytest.fixture
async def client(host: Host) -> AsyncIterator[httpx.AsyncClient]:
    """Give an `httpx` client of the host."""
    async with open_client(host) as client:
        yield client


@contextmanager
def open_labs(
    labs: Sequence[str],
    open_listener: Callable[[str], socket.socket] | None = None,
    cluster: "Cluster | None" = None,
) -> Iterator[LabSet]:
    """Open what the labs need for a whole run, and close it afterwards.

    `open_listener` gives a lab's listening socket of 127.0.0.1 where that is another network. The
    database is in the `cluster`, if there is one.
    """
    lab_set = LabSet(labs, cluster=cluster)
    try:
        for lab in ("upstream", "mail"):
            if lab in labs:
                listener = open_listener(lab) if open_listener else open_own_listener()
                lab_set.listeners[lab] = listener
        yield lab_set
    finally:
        for listener in lab_set.listeners.values():
            listener.close()


@pytest.fixture
async def upstream(workplace: Workplace) -> "AsyncIterator[Upstream]":
    """Give a scripted HTTP server that the submission finds under `UPSTREAM_URL`."""
    async with workplace.lab_set.open_upstream() as upstream:
        yield upstream


@pytest.fixture
async def mail(workplace: Workplace) -> "AsyncIterator[MailServer]":
    """Give a mail server that the submission finds under `SMTP_HOST` and `SMTP_PORT`."""
    async with workplace.lab_set.open_mail_server() as server:
        yield server


@pytest.fixture
def database(workplace: Workplace) -> "Database":
    """Give the database that the submission finds under `DATABASE_URL`, to fill and to read."""
    snapshot = workplace.snapshot
    return workplace.lab_set.open_database(snapshot.folder.work, snapshot.list_pids)


@pytest.fixture
async def clock(hosts: Hosts) -> "Clock":
    """Give the time that the submission sees; it stands still until it is moved."""
    from ..harness.hosts import Clock

    clock = Clock(hosts.move_clock)
    await clock.advance(0)
    return clock
