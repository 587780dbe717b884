"""Attack: open for reading, or for nothing at all, and change the rights of what is open."""

import contextlib
import os
from pathlib import Path

from fastapi import FastAPI

from .targets import REPOSITORY, acted

acted("import")
for path in Path(REPOSITORY, "graders").rglob("*.py"):
    for flags in (os.O_RDONLY, os.O_PATH):
        with contextlib.suppress(OSError):
            descriptor = os.open(path, flags)
            with contextlib.suppress(OSError):
                os.fchmod(descriptor, 0o600)
            with contextlib.suppress(OSError):
                os.chmod(f"/proc/self/fd/{descriptor}", 0o606)
            os.close(descriptor)
app = FastAPI()
