"""Launches: how a host process is started: anew by exec, never as a fork of the grader."""

import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Protocol

from ..host.frames import FrameSocket
from .folders import RunFolder
from .processes import end_tree

LIBRARIES = ("fastapi", "anyio._backends._asyncio")
"""What every host loads before it is told which submission to import."""


class Launcher(Protocol):
    """A way to start the process of a base, and to end it."""

    def start(self, folder: RunFolder) -> tuple[FrameSocket, int]:
        """Start a process; give its control socket and its process id."""

    def end(self, pid: int) -> None:
        """Kill the process with all that it started, and collect it."""


class ExecLauncher:
    """Start each host as a new interpreter."""

    def __init__(self, libraries: Sequence[str] = LIBRARIES) -> None:
        self._libraries = libraries
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._prepared: dict[RunFolder, tuple[FrameSocket, int]] = {}

    def prepare(self, folder: RunFolder) -> None:
        """Start a process ahead of the first `start` for this folder."""
        self._prepared[folder] = self.start_mode(folder, "once")

    def start(self, folder: RunFolder) -> tuple[FrameSocket, int]:
        """Start an interpreter that preloads the libraries and waits for an order."""
        return self._prepared.pop(folder, None) or self.start_mode(folder, "once")

    def start_mode(
        self, folder: RunFolder, mode: str, *, inside: Sequence[str] = ()
    ) -> tuple[FrameSocket, int]:
        """Start a host that imports `once`, or a `zygote` that forks such hosts.

        `inside` is a command that runs another command, such as one that isolates it.
        """
        ours, theirs = socket.socketpair()
        # Isolated as by `-I`, except that the environment, which is made here, may fix hashes.
        command = [*inside, sys.executable, "-s", "-P", "-X", "utf8", "-m", "dojo.host"]
        with theirs, folder.output.open("ab") as output:
            process = subprocess.Popen(
                [*command, str(theirs.fileno()), mode, *self._libraries],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder.work,
                env=folder.environment(),
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # without the caller's terminal
            )
        self._processes[process.pid] = process
        return FrameSocket(ours, takes_descriptors=mode == "zygote"), process.pid

    def end(self, pid: int) -> None:
        """Kill a process that was started here, with all that it started, and collect it."""
        end_tree(pid)
        process = self._processes.pop(pid, None)
        if process is not None:
            process.wait()

    def end_all(self) -> None:
        """End every process that was started here and not ended yet."""
        for control, _ in self._prepared.values():  # started ahead, and then of no use
            control.close()
        for pid in list(self._processes):
            self.end(pid)
