"""Debugging: what `breakpoint()` does in a host, and how a host waits for a debugger.

The debugger is `debugpy`, in the host's own process: an editor speaks to it over a port of this
machine. It is imported only when a grader asks for it.
"""

import sys
from typing import Any, NoReturn

from .frames import Frame
from .recorder import Recorder

ADDRESS = "127.0.0.1"


class BreakpointReached(Exception):
    """The app calls a debugger where none is attached."""


def refuse_breakpoints() -> None:
    """Have `breakpoint()` raise on its own line; `pdb` would find no input, and raise later."""
    sys.breakpointhook = _refuse


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise BreakpointReached("no debugger is attached")


class Debugger:
    """Wait for a debugger on the grader's request."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def wait(self, frame: Frame) -> None:
        """Listen on `port`, say so, and go on when somebody has attached: nothing runs before."""
        import debugpy

        debugpy.listen((ADDRESS, frame["port"]), in_process_debug_adapter=True)
        self._recorder.write({"kind": "debugger", "state": "listening"})
        debugpy.wait_for_client()
        self._recorder.write({"kind": "debugger", "state": "attached"})
