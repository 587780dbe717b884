"""Serving: the learner's app under `fastapi dev`, with an upstream that answers `[[demo]]`.

A mail server takes its time. Grading never uses any of it: there a criterion scripts the labs.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ..grader.fixtures import LabSet
from ..harness.processes import adopt_orphans, end_descendants
from ..harness.upstream import Upstream
from ..harness.upstream_protocol import Received, Reply
from ..model.catalogue import DemoAnswer, Kata, fill
from ..model.errors import UsageError, explain

_OWN_HEADERS = "x-"


class Demo:
    """Gives the answers of a demo and announces every caller that enters and leaves."""

    def __init__(self, announce: Callable[[str], None]) -> None:
        self._announce = announce
        self._inside = 0

    async def give(self, answer: DemoAnswer, request: Received) -> Reply:
        """Give one answer when its time has passed."""
        caller = describe_caller(request)
        self._count(+1, f"{caller} enters")
        try:
            await asyncio.sleep(answer.seconds)
        finally:
            self._count(-1, f"{caller} leaves")
        if answer.body is None:
            return Reply(answer.status)
        return Reply.json(fill(answer.body, request.path_parameters), answer.status)

    def _count(self, change: int, event: str) -> None:
        self._inside += change
        self._announce(f"{event}, {self._inside} inside")


@asynccontextmanager
async def open_demo(
    listener: socket.socket, answers: tuple[DemoAnswer, ...], announce: Callable[[str], None]
) -> AsyncIterator[None]:
    """Answer on `listener` inside an `async with`."""
    demo = Demo(announce)
    async with Upstream(listener) as upstream:
        for answer in reversed(answers):  # the upstream prefers what it was told last

            async def script(request: Received, answer: DemoAnswer = answer) -> Reply:
                return await demo.give(answer, request)

            upstream.on(answer.method, answer.path, script)
        yield


MAIL_SECONDS = 2.0
"""How long the mail server needs for each mail."""


@asynccontextmanager
async def open_demo_mail(lab_set: LabSet, announce: Callable[[str], None]) -> AsyncIterator[None]:
    """Take mails slowly inside an `async with`, or refuse them, and announce each."""
    from ..harness.mail_server import TAKEN, Mail, answer_demo_mail

    async def answer(mail: Mail) -> str:
        addresses = ", ".join(mail.recipients)
        announce(f"a mail to {addresses} comes")
        await asyncio.sleep(MAIL_SECONDS)
        line = answer_demo_mail(mail)
        announce(f"the mail to {addresses} is {'taken' if line == TAKEN else 'refused'}")
        return line

    async with lab_set.open_mail_server() as server:
        server.on_mail(answer)
        yield


def describe_caller(request: Received) -> str:
    """Say what was asked for, with the headers that an app adds on its own account."""
    headers = [f"{k}: {v}" for k, v in request.headers if k.startswith(_OWN_HEADERS)]
    return " ".join([request.method, request.target, *(f"({each})" for each in headers)])


HOST = "127.0.0.1"
PATIENCE = 3.0
"""Seconds that an app has for its open requests before it is ended."""


@dataclass(frozen=True)
class ServedApp:
    """What is served, and where: the labs are open, `announce` takes one line about a lab."""

    kata: Kata
    port: int
    lab_set: LabSet
    announce: Callable[[str], None]

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which the app finds its labs; a database stays for the next time."""
        folder = self.kata.root / ".dojo" / "served" / self.kata.id
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"The app needs a folder for its data, which cannot be made: {explain(error)}. "
                f"Allow writing to '{self.kata.root / '.dojo'}', then run the same command again."
            ) from None
        return self.lab_set.make_environment(folder)


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


def serve(served: ServedApp) -> int:
    """Serve until Ctrl-C or the app's end; give the app's exit code, 0 when it was stopped."""
    adopt_orphans()
    try:
        return asyncio.run(_serve(served))
    finally:  # processes of the app's own that outlived it
        end_descendants(os.getpid())


async def _serve(served: ServedApp) -> int:
    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):  # Windows knows no such handler
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    # The labs leave first: requests that wait in them would keep the app from ending.
    async with contextlib.AsyncExitStack() as app, _open_labs(served):
        process = await _start(served)
        app.push_async_callback(_wait_for_end, process)
        try:
            return await process.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
    return 0


@contextlib.asynccontextmanager
async def _open_labs(served: ServedApp) -> AsyncIterator[None]:
    listeners = served.lab_set.listeners
    async with contextlib.AsyncExitStack() as stack:
        if "upstream" in listeners:
            demo = open_demo(listeners["upstream"], served.kata.file.demo, served.announce)
            await stack.enter_async_context(demo)
        if "mail" in listeners:
            await stack.enter_async_context(open_demo_mail(served.lab_set, served.announce))
        yield


async def _start(served: ServedApp) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fastapi", "dev"),
        *("--entrypoint", served.kata.file.entrypoint),
        *("--host", HOST, "--port", str(served.port)),
        cwd=served.kata.exercise,
        env={**os.environ, **served.environment},
    )


async def _wait_for_end(process: Process) -> None:
    try:
        await asyncio.wait_for(process.wait(), PATIENCE)
    except TimeoutError:
        end_descendants(os.getpid())
        await process.wait()
