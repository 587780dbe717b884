"""Fixtures: what a criterion can ask for by naming it as a parameter."""

import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest

from ..wall.bases import Base
from ..wall.failures import SubmissionError
from ..wall.hosts import Host
from ..wall.processes import end_descendants
from ..wall.transport import open_client
from .draws import Draw


@dataclass(frozen=True)
class Setting:
    """What the criteria of one run share: the base, the seed, the labs' sockets."""

    base: Base
    seed: str
    listeners: dict[str, socket.socket] = field(default_factory=dict)
    owner: int = field(default_factory=os.getpid)
    keep: frozenset[int] = frozenset()


SETTING = pytest.StashKey[Setting]()


class Hosts:
    """Open any number of copies of the submission within one criterion."""

    def __init__(self, base: Base) -> None:
        self.opened: list[Host] = []
        self.time: float | None = None
        self._base = base

    async def open(self, *, start: bool = True, **environment: str) -> Host:
        """Open a fresh copy at the time of the clock and, unless told otherwise, start it up."""
        host = await Host.open(self._base, environment=environment)
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
def setting(request: pytest.FixtureRequest) -> Setting:
    """Give what the criteria of this run share."""
    return request.config.stash[SETTING]


@pytest.fixture
def draw(request: pytest.FixtureRequest, setting: Setting) -> Draw:
    """Give a random source that depends on the run's seed and the criterion's name."""
    return Draw(f"{setting.seed}/{request.node.name}")


@pytest.fixture
async def hosts(request: pytest.FixtureRequest, setting: Setting) -> AsyncIterator[Hosts]:
    """Give a way to open copies of the submission; afterwards nothing of them is left."""
    opened = Hosts(setting.base)
    request.node.stash[HOSTS] = opened
    yield opened
    for host in opened.opened:
        host.close()
    own = frozenset({setting.base.pid})
    ended = end_descendants(setting.owner, (setting.keep - own) | setting.base.spared)
    setting.base.folder.empty_work()
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
