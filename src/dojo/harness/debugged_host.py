"""The debugged host: the first copy of a submission waits until a debugger has attached."""

from collections.abc import Callable
from typing import Any

from .evidence import Debugger
from .hosts import Host
from .snapshot_process import Changes, SnapshotProcess


class DebuggedHostOpener:
    """Open copies of one submission: the first one listens at `port`, the others run as ever.

    `announce` is called once a debugger can attach; for how long that is waited, the caller says.
    """

    def __init__(self, debugged: SnapshotProcess, port: int, announce: Callable[[], None]) -> None:
        self._debugged = debugged
        self._port = port
        self._announce = announce
        self._is_taken = False

    async def __call__(self, snapshot: SnapshotProcess, *, environment: Changes) -> Host:
        """Open a copy; its lifespan has not started."""
        host = await Host.open(snapshot, environment=environment)
        if snapshot.folder == self._debugged.folder and not self._is_taken:
            self._is_taken = True
            await self._wait_for_debugger(host)
        return host

    async def _wait_for_debugger(self, host: Host) -> None:
        host.connection.write({"kind": "debug", "port": self._port})
        queue = host.connection.queue("debugger")
        await self._read(host, queue)
        self._announce()
        await self._read(host, queue)

    async def _read(self, host: Host, queue: Any) -> None:
        event = await host.wait(queue)
        assert isinstance(event, Debugger)
