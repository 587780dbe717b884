"""Launches from a zygote: bases that are forked, libraries loaded, instead of started anew."""

import os
import socket
from collections.abc import Sequence

from ..host.frames import FrameSocket
from ..wall.failures import GraderFault
from ..wall.folders import RunFolder
from ..wall.launches import LIBRARIES, ExecLauncher
from ..wall.processes import end_tree

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
}
"""What all submissions of a kata import that has a certain lab, or is of a certain kind."""


class ZygoteLauncher:
    """Start each base as a fork of one host that has imported no submission."""

    def __init__(self, folder: RunFolder, labs: Sequence[str] = ()) -> None:
        own = [library for lab in labs for library in LAB_LIBRARIES.get(lab, ())]
        self._launcher = ExecLauncher((*LIBRARIES, *MORE_LIBRARIES, *own))
        self._control, self.pid = self._launcher.start_mode(folder, "zygote")

    def start(self, folder: RunFolder) -> tuple[FrameSocket, int]:
        """Fork a base whose home is `folder`."""
        ours, theirs = socket.socketpair()
        request = {
            "output": str(folder.output),
            "folder": str(folder.work),
            "environment": folder.environment(),
        }
        with theirs:
            self._control.write(request, (theirs.fileno(),))
            forked = self._control.read()
        if forked is None:
            raise GraderFault("The process that starts submissions has ended.")
        return FrameSocket(ours), int(forked["pid"])

    def end(self, pid: int) -> None:
        """Kill a base with all that it started; the zygote collects it."""
        end_tree(pid)

    def close(self) -> None:
        """End the zygote itself."""
        self._control.close()
        if os.getpid() != self.pid:
            self._launcher.end_all()
