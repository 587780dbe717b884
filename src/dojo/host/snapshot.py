"""The snapshot: a process that imports a submission once and forks hosts of that state.

Hosts are forked while no thread runs; where that is not possible the grader starts a new snapshot
for each host instead. It serves one grader and ends when that goes away.
"""

import asyncio
import contextlib
import faulthandler
import gc
import importlib
import inspect
import os
import random
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

from .confinement import Confinement, NoConfinement, confine, end_with_parent
from .debugging import Debugger, refuse_breakpoints
from .frames import Frame, FrameSocket
from .locations import Locations
from .recorder import Recorder
from .relay import Clock, ObjectCount, Relay, Settling
from .server import Server


class Snapshot:
    """A submission that has been imported, ready to be copied."""

    def __init__(self, control: FrameSocket, confinement: Confinement | None = None) -> None:
        self._control = control
        self._confinement = confinement or NoConfinement()
        self._recorder = Recorder(control)
        self._application: Any = None
        self._processes = False

    def serve(self) -> None:
        """Import what the first frame names, then open a copy for every further request."""
        wanted = self._control.read()
        if wanted is None:
            return
        self._locations = Locations(wanted["root"])
        if not self._load(wanted):
            return
        gc.freeze()  # or a collection in a copy would touch, and so duplicate, every page
        while (request := self._control.read()) is not None:
            if request["kind"] == "open":
                self._open(request)
            else:
                self._tell_status(request["pid"])

    def _load(self, wanted: Frame) -> bool:
        _change_environment(wanted["environment"])
        confine(wanted["limits"])
        _answer_where_signal()
        refuse_breakpoints()
        self._recorder.install(wanted["root"], wanted["loggers"])
        self._processes = wanted["processes"]
        self._confinement.confine_snapshot(
            readable=[wanted["root"]], writable=[str(Path.cwd())], processes=self._processes
        )
        self._control.write({"kind": "confined"})  # from here on the submission may speak
        try:
            self._application = load_application(wanted["root"], wanted["entrypoint"])
        except BaseException as error:
            described = self._locations.of_exception(error)
            self._control.write({"kind": "unloadable", "error": described})
            return False
        prepare_routes(self._application)
        threads = threading.active_count() - 1
        self._control.write({"kind": "loaded", "threads": threads})
        return True

    def _open(self, request: Frame) -> None:
        count = request["descriptors"]
        descriptors = [self._control.descriptors.popleft() for _ in range(count)]
        if not request["fork"]:
            self._control.write({"kind": "opened", "pid": os.getpid()})
            self._become_host(request, descriptors)
        pid = os.fork()
        if pid == 0:
            end_with_parent()
            os.setpgid(0, 0)
            random.seed()
            self._become_host(request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        self._control.write({"kind": "opened", "pid": pid})

    def _tell_status(self, pid: int) -> None:
        """Collect a copy that has ended, and say how."""
        _, status = os.waitpid(pid, 0)
        self._control.write({"kind": "ended", "status": os.waitstatus_to_exitcode(status)})

    def _become_host(self, request: Frame, descriptors: list[int]) -> NoReturn:
        self._control.stream.close()
        if not self._processes:
            self._confinement.confine_host()
        _change_environment(request["environment"])
        stream, nothing, output, *listeners = descriptors
        _replace_standard_streams(nothing, output)
        frames = FrameSocket(socket.socket(fileno=stream))
        self._recorder.frames = frames
        os.register_at_fork(after_in_child=self._recorder.leave)
        status = 0
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:  # without the loop's tidying up, in which an app that exits would serve on
            loop.run_until_complete(self._relay(frames, listeners))
        except BaseException as error:
            self._recorder.write({"kind": "died", "error": self._locations.of_exception(error)})
            status = 1
        os._exit(status)

    async def _relay(self, frames: FrameSocket, listeners: list[int]) -> NoReturn:
        relay = Relay(self._application, frames, self._recorder, self._locations)
        relay.commands["clock"] = Clock(self._recorder).move
        relay.commands["object_count"] = ObjectCount(self._recorder).take
        relay.commands["debug"] = Debugger(self._recorder).wait
        relay.commands["settle"] = Settling(self._recorder).begin
        server = Server(self._application, relay, listeners)
        relay.commands |= {"serve": server.start, "stop": server.stop}
        await relay.run()
        os._exit(0)  # the grader has left: nothing that still runs may delay the end


def _change_environment(changes: dict[str, str | None]) -> None:
    """Set variables of this process; `None` takes one away."""
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _replace_standard_streams(nothing: int, output: int) -> None:
    """Give this copy input and output of its own: positions and flags of others' are shared."""
    for own, number in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(own, number)
    os.close(nothing)
    os.close(output)


def _answer_where_signal() -> None:
    """Have the interpreter write all stacks to standard error when asked, even inside C code."""
    faulthandler.enable(file=2, all_threads=False)
    if hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1, file=2, all_threads=True, chain=False)


class NotAnApplication(Exception):
    """The entrypoint names something that is missing or no ASGI application."""


def load_application(root: str, entrypoint: str) -> Any:
    """Import `module:attribute` from `root` and give the application.

    `root` is appended to the import path, never put first: a learner's `email.py` must not
    replace the standard library's.
    """
    module_name, _, attribute = entrypoint.partition(":")
    if root not in sys.path:
        sys.path.append(root)
    module = importlib.import_module(module_name)
    if not hasattr(module, attribute):
        raise NotAnApplication(
            f"'{module.__file__}' has no '{attribute}'. Give this name to your FastAPI application."
        )
    given = getattr(module, attribute)
    application = make_application(given)
    if not callable(application):
        of_type = f"of type '{type(application).__name__}'"
        found = f"gives a value {of_type} when it is called" if callable(given) else f"is {of_type}"
        raise NotAnApplication(
            f"'{attribute}' in '{module.__file__}' {found}. It must be your FastAPI application."
        )
    return application


def make_application(given: Any) -> Any:
    """Call a factory of applications; give anything else back, as uvicorn does.

    What is an application cannot be called without arguments.
    """
    if not callable(given):
        return given
    try:
        inspect.signature(given).bind()
    except (TypeError, ValueError):
        return given
    return given()


def prepare_routes(application: Any) -> None:
    """Have FastAPI do once what it does at the first call of each route, in every copy.

    It resolves included routers and reads where endpoints are defined; none of them is called.
    """
    from fastapi import routing

    with contextlib.suppress(Exception):  # whatever is wrong shows itself when it is called
        for context in routing.iter_route_contexts(application.routes):
            if isinstance(context.original_route, routing.APIRoute) and context.endpoint:
                routing._extract_endpoint_context(context.endpoint)
