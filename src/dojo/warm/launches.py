"""Launches from a zygote: bases that are forked, libraries loaded, instead of started anew."""

import contextlib
import socket
from collections.abc import Sequence

from ..host.frames import Frame, FrameSocket
from ..sandbox.modes import Mode
from ..sandbox.orders import make_order, wrap_zygote
from ..wall.failures import GraderFault
from ..wall.folders import RunFolder
from ..wall.launches import LIBRARIES, ExecLauncher
from ..wall.processes import end_tree, find_child, list_children, offer_to_kernel

MORE_LIBRARIES = ("fastapi.responses", "fastapi.security", "http.client")
"""What submissions often import; the host loads it only where many share the price."""

LAB_LIBRARIES = {
    "database": (
        "sqlalchemy.ext.asyncio",
        "sqlalchemy.orm",
        "sqlalchemy.dialects.sqlite.aiosqlite",
        "aiosqlite",
    ),
    "clock": ("dojo.host.travel",),
    "suite": ("dojo.host.suites",),
    "answers": ("fastapi.testclient",),
}
"""What all submissions of a kata import that has a certain lab, or is of a certain kind."""

_LONGEST_WORDS = 2000


class ZygoteLauncher:
    """Start each base as a fork of one host that has imported no submission.

    In mode `full` the zygote sees the folder in which `folder` is: bases need theirs there too.
    """

    def __init__(
        self, folder: RunFolder, labs: Sequence[str] = (), mode: Mode = Mode.BASIC
    ) -> None:
        own = [library for lab in labs for library in LAB_LIBRARIES.get(lab, ())]
        self._mode = mode
        self._folder = folder
        self._launcher = ExecLauncher((*LIBRARIES, *MORE_LIBRARIES, *own))
        inside = wrap_zygote(mode, folder.root.parent)
        self._control, self._pid = self._launcher.start_mode(folder, "zygote", inside=inside)
        with contextlib.suppress(ConnectionError):  # whoever needs it first will say so
            self._control.write(make_order(mode, listeners=int("upstream" in labs)))

    def open_listener(self) -> socket.socket:
        """Take over the listening socket that the zygote has made for the lab `upstream`."""
        if self._mode is Mode.BASIC:
            from ..labs.upstream import open_listener

            return open_listener()
        self._read()
        return socket.socket(fileno=self._control.descriptors.popleft())

    @property
    def pids(self) -> frozenset[int]:
        """Give the processes that outlive a submission: the zygote and what isolates it."""
        inside = list_children(self._pid) if self._mode is Mode.FULL else ()
        return frozenset((self._pid, *inside))

    def start(self, folder: RunFolder) -> tuple[FrameSocket, int]:
        """Fork a base whose home is `folder`."""
        ours, theirs = socket.socketpair()
        request = {
            "output": str(folder.output),
            "folder": str(folder.work),
            "environment": folder.environment(),
        }
        with theirs, contextlib.suppress(ConnectionError):
            self._control.write(request, (theirs.fileno(),))
        try:
            forked = self._read()
        except GraderFault:
            ours.close()
            raise
        zygote = max(self.pids - {self._pid}, default=self._pid)
        pid = find_child(zygote, int(forked["pid"]))
        offer_to_kernel(pid)
        return FrameSocket(ours), pid

    def end(self, pid: int) -> None:
        """Kill a base with all that it started; the zygote collects it."""
        end_tree(pid)

    def close(self) -> None:
        """End the zygote itself."""
        self._control.close()
        self._launcher.end_all()

    def _read(self) -> Frame:
        """Wait for an answer of the zygote; `GraderFault`, with its last words, if it has ended."""
        with contextlib.suppress(ConnectionError):
            if answer := self._control.read():
                return answer
        last = self._folder.output.read_text("utf-8", "replace").strip()[-_LONGEST_WORDS:]
        raise GraderFault(f"The process that starts submissions has ended. {last}".rstrip())
