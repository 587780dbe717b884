"""Attack: leave something that the next shell or the next Python runs."""

import contextlib
from pathlib import Path

from fastapi import FastAPI

from .targets import HOME, OUTSIDE, POISON, acted

acted("import")
for path in (Path(HOME, ".bashrc"), Path(HOME, "usercustomize.py"), Path(OUTSIDE, "note")):
    with contextlib.suppress(OSError), path.open("a") as file:
        file.write(f"# {POISON}\n")
app = FastAPI()
