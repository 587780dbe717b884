"""Attack: a hard link is the same file under a name with other rights; nothing is written."""

import contextlib
import os
from pathlib import Path

import fastapi
from fastapi import FastAPI

from .targets import MARK, REPOSITORY, SECRET, acted

grader = Path(REPOSITORY, "graders/01_first_api/test_first_api.py")
acted("import")
for number, path in enumerate((fastapi.__file__, os.__file__, SECRET, grader)):
    with contextlib.suppress(OSError):
        os.link(path, f"linked-{number}")
        print(MARK, "has linked", number)
app = FastAPI()
