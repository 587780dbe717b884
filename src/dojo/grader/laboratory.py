"""The laboratory: the labs that a kata names, and the fixtures that hand them to criteria.

A lab's module is imported only where a kata needs it: some are slow to import.
"""

import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .fixtures import SETTING, Hosts, Setting

if TYPE_CHECKING:
    from ..labs.clock import Clock
    from ..labs.database import Database
    from ..labs.upstream import Upstream


@dataclass(frozen=True)
class Laboratory:
    """The labs of a run, their sockets and the environment by which a submission finds them."""

    labs: Sequence[str] = ()
    listeners: dict[str, socket.socket] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Give the variables that the kata's given files read."""
        return {
            f"{name.upper()}_URL": f"http://127.0.0.1:{listener.getsockname()[1]}"
            for name, listener in self.listeners.items()
        }

    def make_environment(self, work: Path) -> dict[str, str]:
        """Give the variables for submissions that are graded in the working folder `work`."""
        if "database" not in self.labs:
            return self.environment
        from ..labs.database import Database

        return {**self.environment, "DATABASE_URL": Database(work).url}


@contextmanager
def open_laboratory(
    labs: Sequence[str], open_listener: Callable[[], socket.socket] | None = None
) -> Iterator[Laboratory]:
    """Open what the labs need for a whole run, and close it afterwards.

    `open_listener` gives a listening socket of 127.0.0.1 where that is another network than here.
    """
    laboratory = Laboratory(labs)
    try:
        if "upstream" in labs:
            from ..labs import upstream

            laboratory.listeners["upstream"] = (open_listener or upstream.open_listener)()
        yield laboratory
    finally:
        for listener in laboratory.listeners.values():
            listener.close()


@pytest.fixture
async def upstream(request: pytest.FixtureRequest) -> "AsyncIterator[Upstream]":
    """Give a scripted HTTP server that the submission finds under `UPSTREAM_URL`."""
    from ..labs.upstream import Upstream

    listener = request.config.stash[SETTING].listeners["upstream"]
    async with Upstream(listener) as upstream:
        yield upstream


@pytest.fixture
def database(setting: Setting) -> "Database":
    """Give the SQLite file that the submission finds under `DATABASE_URL`, to fill and to read."""
    from ..labs.database import Database

    return Database(setting.base.folder.work, setting.base.list_pids)


@pytest.fixture
async def clock(hosts: Hosts) -> "Clock":
    """Give the time that the submission sees; it stands still until it is moved."""
    from ..labs.clock import Clock

    clock = Clock(hosts.move_clock)
    await clock.advance(0)
    return clock
