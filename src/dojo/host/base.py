"""The base: a process that imports a submission once and opens fresh copies of that state.

Each copy is a fork, made while no thread runs; where that is not possible the grader starts a new
base for each copy instead. It serves one grader and ends when that goes away.
"""

import asyncio
import faulthandler
import gc
import os
import random
import signal
import socket
import threading
from pathlib import Path
from typing import Any, NoReturn

from .cells import Cell, OpenCell
from .census import Census
from .clock import Clock
from .frames import Frame, FrameSocket
from .limits import confine
from .loading import load_application, prepare_routes
from .places import Places
from .recorder import Recorder
from .relay import Relay
from .server import Server


class Base:
    """A submission that has been imported, ready to be copied."""

    def __init__(self, control: FrameSocket, cell: Cell | None = None) -> None:
        self._control = control
        self._cell = cell or OpenCell()
        self._recorder = Recorder(control)
        self._application: Any = None

    def serve(self) -> None:
        """Import what the first frame names, then open a copy for every further request."""
        order = self._control.read()
        if order is None:
            return
        self._places = Places(order["root"])
        if not self._load(order):
            return
        gc.freeze()  # or a collection in a copy would touch, and so duplicate, every page
        while (request := self._control.read()) is not None:
            if request["kind"] == "open":
                self._open(request)
            else:
                self._tell_status(request["pid"])

    def _load(self, order: Frame) -> bool:
        os.environ.update(order["environment"])
        confine(order["limits"])
        _answer_where_signal()
        self._recorder.install(order["loggers"])
        self._cell.close_base(readable=[order["root"]], writable=[str(Path.cwd())])
        self._control.write({"kind": "confined"})  # from here on the submission may speak
        try:
            self._application = load_application(order["root"], order["entrypoint"])
        except BaseException as error:
            described = self._places.of_exception(error)
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
            self._become_copy(request, descriptors)
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            random.seed()
            self._become_copy(request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        self._control.write({"kind": "opened", "pid": pid})

    def _tell_status(self, pid: int) -> None:
        """Collect a copy that has ended, and say how."""
        _, status = os.waitpid(pid, 0)
        self._control.write({"kind": "ended", "status": os.waitstatus_to_exitcode(status)})

    def _become_copy(self, request: Frame, descriptors: list[int]) -> NoReturn:
        self._control.stream.close()
        self._cell.close_copy()
        os.environ.update(request["environment"])
        frames = FrameSocket(socket.socket(fileno=descriptors[0]))
        self._recorder.frames = frames
        status = 0
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:  # without the loop's tidying up, in which an app that exits would serve on
            loop.run_until_complete(self._relay(frames, descriptors[1:]))
        except BaseException as error:
            self._recorder.write({"kind": "died", "error": self._places.of_exception(error)})
            status = 1
        os._exit(status)

    async def _relay(self, frames: FrameSocket, listeners: list[int]) -> NoReturn:
        relay = Relay(self._application, frames, self._recorder, self._places)
        relay.commands["clock"] = Clock(self._recorder).move
        relay.commands["census"] = Census(self._recorder).take
        relay.commands["serve"] = Server(self._application, self._recorder, listeners).start
        await relay.run()
        os._exit(0)  # the grader has left: nothing that still runs may delay the end


def _answer_where_signal() -> None:
    """Have the interpreter write all stacks to standard error when asked, even inside C code."""
    faulthandler.enable(file=2, all_threads=False)
    if hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1, file=2, all_threads=True, chain=False)
