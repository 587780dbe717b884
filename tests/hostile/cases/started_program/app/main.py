"""Attack: exec takes everything that was patched in this interpreter away again."""

import contextlib
import subprocess
import sys

from fastapi import FastAPI

from .targets import MARK, acted

acted("import")
for command in (["/bin/sh", "-c", "exit 7"], [sys.executable, "-I", "-c", "exit(7)"]):
    with contextlib.suppress(OSError):
        if subprocess.run(command, check=False).returncode == 7:
            print(MARK, "has started", command[0])
app = FastAPI()
