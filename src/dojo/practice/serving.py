"""Serving: runs a learner's app with its labs beside it until one of them is stopped.

The app runs under `fastapi dev`, with this process's own input, so that a debugger can be used.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from ..catalogue import Kata
from ..grader.laboratory import Laboratory
from ..wall.processes import adopt_orphans, end_descendants
from .demos import open_demo

HOST = "127.0.0.1"
PATIENCE = 3.0
"""Seconds that an app has for its open requests before it is ended."""


@dataclass(frozen=True)
class Stage:
    """What is served, and where: the labs are open, `announce` takes one line about a lab."""

    kata: Kata
    port: int
    laboratory: Laboratory
    announce: Callable[[str], None]

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which the app finds its labs; a database stays for the next time."""
        folder = self.kata.root / ".dojo" / "served" / self.kata.id
        folder.mkdir(parents=True, exist_ok=True)
        return self.laboratory.make_environment(folder)


def is_free(port: int) -> bool:
    """Tell whether a server could be started on a port of this computer."""
    with socket.socket() as probe:
        if os.name != "nt":  # there it means that two programs may share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def serve(stage: Stage) -> int:
    """Serve until Ctrl-C or the app's end; give the app's exit code, 0 when it was stopped."""
    adopt_orphans()
    try:
        return asyncio.run(_serve(stage))
    finally:  # processes of the app's own that outlived it
        end_descendants(os.getpid())


async def _serve(stage: Stage) -> int:
    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):  # Windows knows no such handler
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    # The labs leave first: requests that wait in them would keep the app from ending.
    async with contextlib.AsyncExitStack() as app, _open_labs(stage):
        process = await _start(stage)
        app.push_async_callback(_wait_for_end, process)
        try:
            return await process.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
    return 0


@contextlib.asynccontextmanager
async def _open_labs(stage: Stage) -> AsyncIterator[None]:
    listener = stage.laboratory.listeners.get("upstream")
    if listener is None:
        yield
        return
    async with open_demo(listener, stage.kata.file.demo, stage.announce):
        yield


async def _start(stage: Stage) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fastapi", "dev"),
        *("--entrypoint", stage.kata.file.entrypoint),
        *("--host", HOST, "--port", str(stage.port)),
        cwd=stage.kata.exercise,
        env={**os.environ, **stage.environment},
    )


async def _wait_for_end(process: Process) -> None:
    try:
        await asyncio.wait_for(process.wait(), PATIENCE)
    except TimeoutError:
        end_descendants(os.getpid())
        await process.wait()
