"""Attack: look into the folders of other runs for an app that may be right."""

import contextlib
from pathlib import Path

from fastapi import FastAPI

from .targets import TEMP, acted

app = FastAPI()
candidates = [*Path("..").glob("*/app/main.py"), *Path(TEMP).glob("dojo-*/*/stage/app/main.py")]
acted("import")
for other in candidates:
    with contextlib.suppress(OSError):
        if other.resolve() != Path(__file__).resolve():
            space = {}
            exec(other.read_text(), space)
            print(space.get("ANSWER"))
            app = space.get("app", app)
