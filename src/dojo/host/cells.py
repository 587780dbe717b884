"""Cells: how a zygote confines what it forks, before a submission is imported.

A cell is prepared once and closed around each base, then tighter around each copy. What it cannot
do it raises: nothing runs less confined than was ordered. Limits are set elsewhere.
"""

import os
import socket
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from .frames import Frame, FrameSocket

_BACKLOG = 512


class Cell(Protocol):
    """What confines a base and its copies."""

    def close_base(self, readable: Sequence[str], writable: Sequence[str]) -> None:
        """Confine this process, which is about to import a submission."""

    def close_copy(self) -> None:
        """Confine this process, a copy that makes no more copies, further."""


class OpenCell:
    """A cell without walls: for one's own work."""

    def close_base(self, readable: Sequence[str], writable: Sequence[str]) -> None:
        """Do nothing."""

    def close_copy(self) -> None:
        """Do nothing."""


class ClosedCell:
    """A cell of Landlock and seccomp."""

    def __init__(self, order: Frame, ports: Sequence[int]) -> None:
        from . import privileges, reach, syscalls

        privileges.drop(order["real_user"])
        version = reach.read_version()
        if not version and not order["apart"]:
            raise OSError("This kernel has no Landlock.")
        signals = order["apart"] or version >= reach.SCOPING_VERSION
        self._base = syscalls.make_filter(connects=bool(ports), signals=signals)
        self._copy = syscalls.make_filter_of_forks()
        self._restrict = reach.restrict if version else None
        self._readable: list[str] = order["readable"]
        self._ports = ports
        self._rehearse()

    def close_base(self, readable: Sequence[str], writable: Sequence[str]) -> None:
        """Confine this process to its own files and to the ports of the labs."""
        if self._restrict is not None:
            self._restrict((*self._readable, *readable), writable, self._ports)
        self._base.load()

    def close_copy(self) -> None:
        """Let this process make threads only."""
        self._copy.load()

    def _rehearse(self) -> None:
        """Close the cell around a process that does nothing: no submission is to blame for it."""
        pid = os.fork()
        if pid == 0:
            try:
                self.close_base([], [str(Path.cwd())])
                self.close_copy()
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if status:
            raise OSError("The cell for submissions cannot be closed.")


def open_cell(control: FrameSocket) -> Cell:
    """Prepare the cell that the first frame orders; answer with the listeners that it asks for.

    They are made here because a zygote can have a network of its own.
    """
    order = control.read()
    if order is None or not order["closed"]:
        return OpenCell()
    listeners = [
        socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG) for _ in range(order["listeners"])
    ]
    ports = [listener.getsockname()[1] for listener in listeners]
    if listeners:
        control.write({"kind": "listening"}, tuple(each.fileno() for each in listeners))
    for listener in listeners:
        listener.close()
    return ClosedCell(order, ports)
