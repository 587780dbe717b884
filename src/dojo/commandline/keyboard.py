"""The keyboard: single keys from a terminal, without Enter; it is restored whatever happens.

Signals stay as they are: Ctrl-C ends the program, Ctrl-Z stops it until `fg`.
"""

import asyncio
import atexit
import contextlib
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

Key = Callable[[str], None]

_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;]*[@-~]|O.)?")
"""What arrows and other keys without a character of their own send."""


def has_terminal() -> bool:
    """Tell whether a person types and reads here, and whether keys can be read one by one."""
    return os.name == "posix" and sys.stdin.isatty() and sys.stdout.isatty()


@contextlib.contextmanager
def read_keys(press: Key) -> Iterator[None]:
    """Call `press` for each key, on the event loop that runs; the terminal is restored after.

    What a program that is stopped or ended leaves behind is put right: after `fg` keys are read
    again, and SIGTERM and a lost terminal end the program like Ctrl-C.
    """
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)

    def owns_terminal() -> bool:  # not after `bg`, when it belongs to the shell
        with contextlib.suppress(OSError):
            return os.tcgetpgrp(descriptor) == os.getpgrp()
        return False

    def restore() -> None:
        if owns_terminal():
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

    def listen() -> None:
        if owns_terminal():
            tty.setcbreak(descriptor)

    def read() -> None:
        typed = _read(descriptor)
        if typed is None:
            loop.remove_reader(descriptor)
            interrupt()
        else:
            for key in _SEQUENCE.sub("", typed):
                press(key)

    loop = asyncio.get_running_loop()
    main = asyncio.current_task()

    def interrupt() -> None:
        if main is not None:
            main.cancel()

    atexit.register(restore)
    listen()
    loop.add_reader(descriptor, read)
    handlers: dict[int, Callable[[], Any]] = {
        signal.SIGCONT: listen,
        signal.SIGTERM: interrupt,
        signal.SIGHUP: interrupt,
    }
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        for number in handlers:
            loop.remove_signal_handler(number)
        restore()
        atexit.unregister(restore)


def _read(descriptor: int) -> str | None:
    """Read what was typed; `None` at the end of the terminal."""
    try:
        typed = os.read(descriptor, 1024)
    except OSError:
        return None
    return typed.decode(errors="ignore") if typed else None
