"""Hosts: one fresh copy of a submission and all that a test can do with it from outside.

A host is opened for one criterion and ended with it. It can be killed in the middle of a call;
a second one can be opened on the same data.
"""

import asyncio
import itertools
import signal
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from . import stacks
from .bases import Base, Copy
from .connections import Connection
from .evidence import Census, Evidence, Moved, Where
from .exchanges import Exchange, Scope
from .failures import Place, SubmissionError, read_places
from .patience import OutOfPatience, Patience, allow
from .processes import has_ended, send_signal, wait_until_ended

_ALIVE_SECONDS = 0.3
_DEATH_SECONDS = 5.0


class Host:
    """A running copy of the submission."""

    def __init__(self, base: Base, copy: Copy, connection: Connection) -> None:
        self.connection = connection
        self.evidence: Evidence = connection.evidence
        self.history: list[str] = []
        self.pid = copy.pid
        self.patience = Patience(base.list_pids)
        self._base = base
        self._numbers = itertools.count(1)
        self._lifespan: Exchange | None = None
        self._killed = False

    @classmethod
    async def open(
        cls,
        base: Base,
        listeners: Sequence[socket.socket] = (),
        environment: Mapping[str, str] | None = None,
    ) -> "Host":
        """Open a copy of the base; the lifespan has not started."""
        copy = base.open(listeners, environment or {})
        evidence = Evidence()
        for event in base.evidence:
            evidence.append(event.model_copy())
        return cls(base, copy, await Connection.open(copy.stream, evidence))

    def call(self, scope: Scope, *, stepped: bool = False, did: str = "") -> Exchange:
        """Call the application with an ASGI scope."""
        self.history += [did] if did else []
        return Exchange(self, next(self._numbers), scope, stepped)

    async def start(self) -> None:
        """Run the application's startup; `SubmissionError` if it fails."""
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        self._lifespan = self.call(scope)
        await self._step_lifespan(self._lifespan, "startup")

    async def stop(self) -> None:
        """Run the application's shutdown; `SubmissionError` if it fails."""
        lifespan, self._lifespan = self._lifespan, None
        if lifespan is not None and not lifespan.ended and not self.connection.ended:
            await self._step_lifespan(lifespan, "shutdown")

    async def serve(self, **options: Any) -> None:
        """Start real uvicorn on the listeners that the host was opened with."""
        self.connection.write({"kind": "serve", "options": options})

    async def move_clock(self, at: float) -> None:
        """Set the time that the submission sees, in seconds since the epoch."""
        self.connection.write({"kind": "clock", "at": at})
        moved = await self.wait(self.connection.queue("moved"))
        assert isinstance(moved, Moved)

    async def count_objects(self) -> dict[str, int]:
        """Count what is alive in the submission since it was copied, by the type's dotted name."""
        self.connection.write({"kind": "census"})
        census = await self.wait(self.connection.queue("census"))
        assert isinstance(census, Census)
        return census.objects

    def kill(self) -> None:
        """Kill the process at once, as a crash or a lost machine does; its locks are gone too."""
        self._killed = True
        if self.pid and not self.connection.ended:
            send_signal(self.pid, signal.SIGKILL)
            wait_until_ended(self.pid, _DEATH_SECONDS)
        self.connection.close()

    def close(self) -> None:
        """Leave the host; the process ends."""
        self.connection.close()

    async def wait(self, queue: asyncio.Queue[Any]) -> Any:
        """Wait for what a queue brings; `SubmissionError` if the host ends or does not answer."""
        if not queue.empty():
            event = queue.get_nowait()
        else:
            if self.connection.ended:
                raise self._describe_end()
            try:
                event = await self.patience.wait(queue.get())
            except OutOfPatience:
                raise await self._describe_silence() from None
        if event is None:
            raise self._describe_end()
        return event

    async def where(self) -> tuple[Place, ...]:
        """Say where the submission's code stands: the blocked loop, or its tasks and threads."""
        if self.connection.ended:
            return ()
        self.connection.write({"kind": "where"})
        try:
            async with allow(_ALIVE_SECONDS, self._base.list_pids):
                answer = await self.connection.queue("where").get()
        except OutOfPatience:
            return stacks.ask(self.pid, self._base.folder) if self.pid else ()
        if not isinstance(answer, Where):
            return ()
        return (*read_places(answer.threads), *read_places(answer.tasks))

    def error(self, kind: str, message: str, where: tuple[Place, ...] = ()) -> SubmissionError:
        """Make the error of a submission that could not be asked, with what was done so far."""
        return SubmissionError(kind, message, list(self.history), where)

    async def _describe_silence(self) -> Exception:
        if self.connection.ended:
            return self._describe_end()
        if self.pid and has_ended(self.pid):  # a child of its own holds the socket open
            return self._describe_crash()
        return self.error("hang", "The app does not answer.", await self.where())

    def _describe_end(self) -> Exception:
        ended = self.connection.ended
        assert ended is not None
        if not isinstance(ended, SubmissionError):
            return ended
        if ended.kind != "crash":
            return self.error(ended.kind, ended.message)
        return self._describe_crash()

    def _describe_crash(self) -> SubmissionError:
        status = None if self._killed else self._base.read_status(self.pid)
        where = stacks.read_last_words(self._base.folder)
        return self.error("crash", _describe_status(status), where)

    async def _step_lifespan(self, lifespan: Exchange, step: str) -> None:
        lifespan.push({"type": f"lifespan.{step}"})
        sent = await lifespan.next_sent()
        if sent is not None and sent.event.get("type") == f"lifespan.{step}.complete":
            return
        await lifespan.wait_until_ended()
        error = lifespan.raised
        reason = str(error) if error else "an early end of its lifespan"
        message = f"The app's {step} fails with {reason}"
        raise self.error("startup", message, lifespan.places)


def _describe_status(status: int | None) -> str:
    if status is None:
        return "The app's process ended before it answered."
    if status < 0:
        names = {each.value: each.name for each in signal.Signals}
        return f"Signal {names.get(-status, -status)} killed the app's process before it answered."
    return f"The app ended its own process, with exit status {status}, instead of answering."
