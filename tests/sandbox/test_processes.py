"""The grader knows the processes in a cell by their real numbers, and can end them."""

import os
import signal
from pathlib import Path

import pytest

from dojo.sandbox import Mode
from dojo.wall.failures import GraderFault, SubmissionError
from dojo.wall.folders import open_run_folder
from dojo.wall.processes import find_child, has_ended, is_child
from dojo.warm import launches
from dojo.warm.launches import ZygoteLauncher

from ..conftest import fetch
from .conftest import OpenConfined

QUIET = """
    async def app(scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})
"""

BUSY = """
    async def app(scope, receive, send):
        while True:
            pass
"""


async def test_copy_has_real_number(open_confined: OpenConfined, mode: Mode) -> None:
    """A copy is the base's child by the number that the grader has for it."""
    submission = open_confined(QUIET)
    host = await submission.open(start=False)

    assert is_child(host.pid, submission.base.pid)
    numbers = Path(f"/proc/{host.pid}/status").read_text().partition("NSpid:")[2].split("\n")[0]
    assert len(numbers.split()) == (2 if mode is Mode.FULL else 1)


async def test_killed_copy_is_gone(open_confined: OpenConfined) -> None:
    """A crash is a real one, and the base goes on."""
    submission = open_confined(QUIET)
    host = await submission.open(start=False)
    host.kill()

    assert has_ended(host.pid)
    assert (await fetch(await submission.open(start=False))).status_code == 204


async def test_signal_is_named(open_confined: OpenConfined) -> None:
    """How a copy ended is collected by the base, which has other numbers for its children."""
    host = await open_confined(QUIET).open(start=False)
    os.kill(host.pid, signal.SIGBUS)

    with pytest.raises(SubmissionError, match="SIGBUS"):
        await fetch(host)


@pytest.mark.usefixtures("little_patience")
async def test_blocked_loop_is_found(open_confined: OpenConfined) -> None:
    """A process that hangs tells its stack on a signal."""
    host = await open_confined(BUSY).open(start=False)

    with pytest.raises(SubmissionError) as caught:
        await fetch(host)
    assert [place.file for place in caught.value.where] == ["app/main.py"]


def test_stranger_is_no_child() -> None:
    """A number that no child has finds nothing."""
    assert find_child(os.getpid(), os.getppid()) == 0


def test_broken_cell_is_grader_fault(
    mode: Mode, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its walls nothing is graded, and no submission is to blame."""

    def make_order(*arguments: object, **options: object) -> dict[str, object]:
        del arguments, options
        return {
            "closed": True,
            "apart": False,
            "listeners": 0,
            "readable": ["/nowhere"],
            "real_user": 1,
        }

    monkeypatch.setattr(launches, "make_order", make_order)
    with open_run_folder(yard) as folder:
        launcher = ZygoteLauncher(folder, (), mode)
        with pytest.raises(GraderFault, match="cannot be closed"):
            launcher.start(folder)
        launcher.close()
