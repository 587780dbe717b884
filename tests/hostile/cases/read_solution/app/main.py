"""Attack: look beside the engine, and in the repository, for an app that is known to be right."""

from pathlib import Path

from fastapi import FastAPI

import dojo

from .targets import REPOSITORY, acted

app = FastAPI()
roots = [Path(REPOSITORY), *Path(dojo.__file__).parents]
acted("import")
for root in roots:
    solution = root / "solutions/01_first_api/app/main.py"
    try:
        text = solution.read_text()
    except OSError:
        continue
    exec(compile(text, "main.py", "exec"), globals())
