"""The launcher of a fork server: snapshots that are forked, libraries loaded, not started anew."""

import contextlib
import secrets
import socket
from collections.abc import Sequence

from ..harness.failures import GraderFault
from ..harness.processes import end_tree, find_child, list_children, offer_to_kernel
from ..harness.snapshot_process import LIBRARIES, ExecLauncher
from ..harness.temporary_folders import RunFolder
from ..host.frames import Frame, FrameSocket
from .sandbox import Mode, make_confinement_request, wrap_fork_server

MORE_LIBRARIES = ("fastapi.responses", "fastapi.security", "http.client")
"""What submissions often import; the host loads it only where many share the price."""

LAB_LIBRARIES = {
    "database": (
        "sqlalchemy.ext.asyncio",
        "sqlalchemy.orm",
        "sqlalchemy.dialects.sqlite.aiosqlite",
        "aiosqlite",
    ),
    "clock": ("dojo.host.time_travel",),
    "mail": ("email.message", "smtplib"),
    "artifact": ("dojo.host.artifact_app",),
    "suite": ("dojo.host.suite_app",),
    "answers": ("fastapi.testclient",),
    "pydantic-settings": ("pydantic_settings",),
}
"""What all submissions of a kata import that has a certain lab or package, or is of a kind."""

SERVING_LABS = ("upstream", "mail")
"""The labs that submissions connect to."""

_LONGEST_WORDS = 2000


class ForkServerLauncher:
    """Start each snapshot as a fork of one host that has imported no submission.

    In mode `full` the fork server sees only the folder in which `folder` is, so snapshots need
    theirs there too. Without `warm` it only loads what every host needs, for one or two snapshots.
    They may connect to `ports` of 127.0.0.1 besides those of the labs.
    """

    def __init__(
        self,
        folder: RunFolder,
        labs: Sequence[str] = (),
        mode: Mode = Mode.BASIC,
        *,
        warm: bool = True,
        ports: Sequence[int] = (),
    ) -> None:
        own = [library for lab in labs for library in LAB_LIBRARIES.get(lab, ())]
        self._mode = mode
        self._folder = folder
        self._launcher = ExecLauncher((*LIBRARIES, *(MORE_LIBRARIES if warm else ()), *own))
        inside = wrap_fork_server(mode, folder.root.parent)
        kind = "warm-fork-server" if warm else "fork-server"
        self._control, self._pid = self._launcher.start_mode(folder, kind, inside=inside)
        self._listeners: list[socket.socket] = []
        self._promised = [] if mode is Mode.BASIC else [lab for lab in SERVING_LABS if lab in labs]
        with contextlib.suppress(ConnectionError):  # whoever needs it first will say so
            self._control.write(make_confinement_request(mode, len(self._promised), ports))

    def open_listener(self, lab: str) -> socket.socket:
        """Give a listening socket for a lab; all for one lab from one fork server are the same."""
        if self._mode is Mode.BASIC:
            return self._launcher.open_listener(lab)
        self._take_over_listeners()
        return self._listeners[self._promised.index(lab)].dup()

    def _take_over_listeners(self) -> None:
        """Take what the fork server has made: it sends that before it answers anything."""
        if self._promised and not self._listeners:
            self._read()
            descriptors = self._control.descriptors
            self._listeners = [socket.socket(fileno=descriptors.popleft()) for _ in self._promised]

    @property
    def pids(self) -> frozenset[int]:
        """Give the processes that outlive a submission: the fork server and what isolates it."""
        inside = list_children(self._pid) if self._mode is Mode.FULL else ()
        return frozenset((self._pid, *inside))

    def start(self, folder: RunFolder) -> tuple[FrameSocket, int]:
        """Fork a snapshot whose home is `folder`."""
        self._take_over_listeners()
        ours, theirs = socket.socketpair()
        request = {
            "token": (token := secrets.token_hex(8)),
            "output": str(folder.output),
            "folder": str(folder.work),
            "environment": folder.environment(),
        }
        with theirs, contextlib.suppress(ConnectionError):
            self._control.write(request, (theirs.fileno(),))
        try:
            # One who was killed meanwhile, as a newer save does, has left an answer unread.
            while (forked := self._read()).get("token") != token:
                pass
        except GraderFault:
            ours.close()
            raise
        fork_server = max(self.pids - {self._pid}, default=self._pid)
        pid = find_child(fork_server, int(forked["pid"]))
        offer_to_kernel(pid)
        return FrameSocket(ours), pid

    def end(self, pid: int) -> None:
        """Kill a snapshot with all that it started; the fork server collects it."""
        end_tree(pid)

    def close(self) -> None:
        """End the fork server itself."""
        for listener in self._listeners:
            listener.close()
        self._control.close()
        self._launcher.close()

    def _read(self) -> Frame:
        """Wait for an answer; `GraderFault`, with its last words, if the fork server has ended."""
        with contextlib.suppress(ConnectionError):
            if answer := self._control.read():
                return answer
        last = self._folder.output.read_text("utf-8", "replace").strip()[-_LONGEST_WORDS:]
        raise GraderFault(f"The process that starts submissions has ended. {last}".rstrip())
