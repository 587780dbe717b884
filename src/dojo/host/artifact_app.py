"""The artifact application: what a host serves for a kata of kind `artifact`: it runs a command.

A command is a module that runs as with `python -m`, in a folder that holds a copy of `app/`. What
it writes, and how it ends, is told; what that means is up to the grader.
"""

import asyncio
import contextlib
import importlib
import io
import os
import runpy
import shutil
import sys
from pathlib import Path

from .calls import Event
from .locations import Locations
from .replies import Line, Receive, Send, Tell, reply

LIBRARIES = ("alembic.autogenerate", "alembic.command", "alembic.config", "fastapi.testclient")
"""What commands load on their way: it is loaded before copies of this process are made."""

_LONGEST_TEXT = 20_000
_FAILED = 1

for _name in LIBRARIES:
    importlib.import_module(_name)


async def app(scope: Event, receive: Receive, send: Send) -> None:
    """Run the command that the request's body names; reply with one line of JSON."""
    await reply(_run, scope, receive, send)


def _run(order: Line, tell: Tell) -> None:
    """Run a command in this folder; the first one puts the files of the submission there."""
    project = Path.cwd()
    for name in order["unset"]:
        os.environ.pop(name, None)
    try:
        if not (project / "app").exists():
            shutil.copytree(Path(order["stage"]) / "app", project / "app")
        tell(_run_module(project, order["module"], order["arguments"]))
    finally:
        tell(None)


def _run_module(project: Path, module: str, arguments: list[str]) -> Line:
    sys.path.insert(0, str(project))
    sys.argv = [module, *arguments]
    asyncio.set_event_loop(asyncio.new_event_loop())  # as a main thread has one
    output, errors = io.StringIO(), io.StringIO()
    line: Line = {"kind": "ended", "status": 0}
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            line |= {"status": _read_status(end)}
        except BaseException as error:
            described = Locations(str(project)).of_exception(error)
            line |= {"status": _FAILED, "error": described}
    for name, text in (("output", output), ("errors", errors)):
        line[name] = text.getvalue().replace(f"{project}/", "")[-_LONGEST_TEXT:]
    return line


def _read_status(end: SystemExit) -> int:
    """Read the exit status of a program that ends so; what is no number is written as an error."""
    if end.code is None or isinstance(end.code, int):
        return (end.code or 0) & 0xFF
    print(end.code, file=sys.stderr)  # noqa: T201
    return _FAILED
