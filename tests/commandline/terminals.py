"""A terminal that a test drives as a person does: it types, and reads until a text has come."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LONGEST_WAIT = 120.0

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")


class Terminal:
    """The terminal of a running `dojo`, 80 columns wide."""

    def __init__(self, process: "subprocess.Popen[bytes]", descriptor: int) -> None:
        self.process = process
        self.raw = ""
        """All that was ever written, escape sequences included."""
        self._descriptor = descriptor
        self._read = 0
        self._modes = self.read_modes()

    def type(self, keys: str) -> None:
        """Press keys; Enter is a key as well."""
        os.write(self._descriptor, keys.encode())

    def read_until(self, text: str) -> str:
        """Read on until a text has come; give what came with it, without escape sequences."""
        deadline = time.monotonic() + LONGEST_WAIT
        while text not in (shown := self._show()[self._read :]):
            assert time.monotonic() < deadline, f"{text!r} did not come: {shown}"
            assert self._receive(), f"{text!r} did not come: {shown}"
        end = shown.index(text) + len(text)
        self._read += end
        return shown[:end]

    def wait(self) -> int:
        """Wait for the end of the program; give its exit status."""
        while self._receive():
            pass
        return self.process.wait(LONGEST_WAIT)

    def read_modes(self) -> list[Any]:
        """Give how the terminal is set: whether it needs Enter, what it echoes."""
        return termios.tcgetattr(self._descriptor)

    def set_ordinary_modes(self) -> None:
        """Set the terminal as a shell does when it is its turn."""
        termios.tcsetattr(self._descriptor, termios.TCSANOW, self._modes)

    @property
    def is_restored(self) -> bool:
        """Tell whether the terminal is set as it was before the program."""
        return self.read_modes() == self._modes

    def _show(self) -> str:
        return _ESCAPES.sub("", self.raw).replace("\r\n", "\n")

    def _receive(self) -> bool:
        ready, _, _ = select.select([self._descriptor], [], [], LONGEST_WAIT)
        assert ready, f"Nothing more came: {self._show()}"
        try:
            received = os.read(self._descriptor, 65536)
        except OSError:  # nobody writes to this terminal any more
            return False
        self.raw += received.decode()
        return bool(received)


@contextmanager
def open_terminal(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Run `dojo` in a folder, in a terminal of its own, which it controls."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, *arguments],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", **(environment or {})},
        start_new_session=True,
    )
    terminal = Terminal(process, ours)
    os.close(theirs)
    try:
        yield terminal
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(ours)


_RUN = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # a session of its own has no terminal before
from dojo.__main__ import main
sys.argv[0] = "dojo"
main()
"""
