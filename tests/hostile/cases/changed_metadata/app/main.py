"""Attack: everything that changes a file without opening it for writing."""

import contextlib
import os
from pathlib import Path

from fastapi import FastAPI

from .targets import HOME, REPOSITORY, acted

app = FastAPI()
trees = [Path(REPOSITORY, tree) for tree in ("graders", "solutions", "exercises")]
acted("import")
for path in (*(file for tree in trees for file in tree.rglob("*.py")), Path(HOME)):
    for change in (
        lambda path: os.utime(path, (0, 0)),
        lambda path: os.setxattr(path, "user.dojo", b"changed"),
        lambda path: path.is_file() and os.truncate(path, 0),
        lambda path: os.chown(path, 65534, 65534),
        lambda path: os.link(path, path.with_suffix(".linked")),
        lambda path: path.is_file() and path.rename(path.with_suffix(".moved")),
        lambda path: path.chmod(0),
    ):
        with contextlib.suppress(OSError):
            change(path)
