"""Attack: replace the code and fill the working folder of whoever is graded beside this one."""

import contextlib
import os
from pathlib import Path

from fastapi import FastAPI

from .targets import MARK, POISON, TEMP, acted

own = Path(__file__).parents[2]
acted("import")
for run in (*Path(TEMP).glob("dojo-*/*"), *own.parent.glob("dojo-*")):
    for name in ("stage/app/main.py", "work/app.db", "output.txt"):
        with contextlib.suppress(OSError):
            if not os.path.samefile(own, run):
                with (run / name).open("a") as file:
                    file.write(f"# {POISON}\n")
                print(MARK, "has written", name)
app = FastAPI()
