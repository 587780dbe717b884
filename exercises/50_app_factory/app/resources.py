"""What a pod opens, as in-memory stand-ins. Each step can be told to fail or to wait."""

import asyncio
import logging
from collections import defaultdict
from typing import Literal

from pydantic import BaseModel

logger = logging.getLogger("kata.resources")

Fault = Literal["fails", "waits"]


class Settings(BaseModel):
    """What differs from pod to pod."""

    shop: str


class ResourceError(Exception):
    """A resource does not do what it was asked for."""


class Steps:
    """The steps of the resources of one shop: what they did, and what they do next."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.faults: dict[str, Fault] = {}
        self.waiting: set[str] = set()
        self.changed = asyncio.Event()


STEPS: defaultdict[str, Steps] = defaultdict(Steps)
"""By the name of the shop. The bench reads and writes them."""


class Resource:
    """Something that is started and stopped."""

    name = "resource"

    def __init__(self, settings: Settings) -> None:
        self.shop = settings.shop
        self.is_open = False

    async def start(self) -> None:
        await self._step("start")
        self.is_open = True

    async def stop(self) -> None:
        self.is_open = False
        await self._step("stop")

    async def _step(self, verb: str) -> None:
        step, steps = f"{self.name}.{verb}", STEPS[self.shop]
        end = " is cancelled"
        try:
            if steps.faults.get(step) == "waits":
                self._report(f"{step} waits")
                steps.waiting.add(step)
            while steps.faults.get(step) == "waits":
                steps.changed.clear()
                await steps.changed.wait()
            end = " fails"
            self._ask(verb)
            end = ""
        finally:
            steps.waiting.discard(step)
            self._report(f"{step}{end}")

    def _ask(self, verb: str) -> None:
        if STEPS[self.shop].faults.get(f"{self.name}.{verb}") == "fails":
            raise ResourceError(f"{self.name}.{verb} of {self.shop} fails")

    def _report(self, text: str) -> None:
        STEPS[self.shop].did.append(text)
        logger.info("%s: %s", self.shop, text)


class Database(Resource):
    """The database. It has three connections."""

    name = "db"
    connections = 0

    async def connect(self) -> "Connection":
        """Open a connection; `ResourceError` if that fails or three are open."""
        if not self.is_open or self.connections == 3:
            raise ResourceError(f"db of {self.shop} gives no connection")
        self._ask("connect")
        self.connections += 1
        return Connection(self)


class Connection:
    """A connection to the database of a shop. Whoever asks for one closes it."""

    def __init__(self, database: Database) -> None:
        self._database: Database | None = database

    async def run(self, statement: str) -> None:
        """Run a statement; `ResourceError` if the database is down or the connection closed."""
        if self._database is None:
            raise ResourceError(f"{statement}: the connection is closed")
        self._database._ask("run")

    async def aclose(self) -> None:
        """Give the connection back."""
        if self._database is not None:
            self._database.connections -= 1
        self._database = None


class Cache(Resource):
    """The cache of the prices."""

    name = "cache"

    async def warm_up(self) -> None:
        """Load all prices, which takes minutes."""
        await self._step("warm_up")

    async def ping(self) -> None:
        """Ask the cache for a sign of life; `ResourceError` if there is none."""
        if not self.is_open:
            raise ResourceError(f"cache of {self.shop} is not open")
        self._ask("ping")


class Worker(Resource):
    """The worker that sends mails."""

    name = "worker"


class AuditLog(Resource):
    """The log of the admin app."""

    name = "admin"
