"""The grader knows the processes in a confinement by their real numbers, and can end them."""

import os
import signal
import socket
from pathlib import Path

import pytest

from dojo.harness.failures import GraderFault, SubmissionError
from dojo.harness.processes import find_child, has_ended, is_child, list_children
from dojo.harness.temporary_folders import open_run_folder
from dojo.runner import fork_server_launcher
from dojo.runner.fork_server_launcher import ForkServerLauncher
from dojo.runner.sandbox import Mode

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
    """A copy is the snapshot's child by the number that the grader has for it."""
    submission = open_confined(QUIET)
    host = await submission.open(start=False)

    assert is_child(host.pid, submission.snapshot.pid)
    numbers = Path(f"/proc/{host.pid}/status").read_text().partition("NSpid:")[2].split("\n")[0]
    assert len(numbers.split()) == (2 if mode is Mode.FULL else 1)


async def test_killed_copy_is_gone(open_confined: OpenConfined) -> None:
    """A crash is a real one, and the snapshot goes on."""
    submission = open_confined(QUIET)
    host = await submission.open(start=False)
    host.kill()

    assert has_ended(host.pid)
    assert (await fetch(await submission.open(start=False))).status_code == 204


async def test_signal_is_named(open_confined: OpenConfined) -> None:
    """How a copy ended is collected by the snapshot, which has other numbers for its children."""
    host = await open_confined(QUIET).open(start=False)
    os.kill(host.pid, signal.SIGBUS)

    with pytest.raises(SubmissionError, match="SIGBUS"):
        await fetch(host)


def test_answer_of_another_is_passed_over(tmp_path: Path) -> None:
    """Who was killed between a request and its answer leaves that to the next one."""
    with open_run_folder(tmp_path) as folder:
        launcher = ForkServerLauncher(folder, warm=False)
        killed, theirs = socket.socketpair()
        names = {"output": str(folder.output), "folder": str(folder.work), "environment": {}}
        launcher._control.write({"token": "killed", **names}, (theirs.fileno(),))
        stream, pid = launcher.start(folder)
        others = set(list_children(launcher._pid)) - {pid}

        assert is_child(pid, launcher._pid)
        assert others
        stream.close()
        killed.close()
        theirs.close()
        launcher.close()


@pytest.mark.usefixtures("little_patience")
async def test_blocked_loop_is_found(open_confined: OpenConfined) -> None:
    """A process that hangs tells its stack on a signal."""
    host = await open_confined(BUSY).open(start=False)

    with pytest.raises(SubmissionError) as caught:
        await fetch(host)
    assert [location.file for location in caught.value.where] == ["app/main.py"]


def test_stranger_is_no_child() -> None:
    """A number that no child has finds nothing."""
    assert find_child(os.getpid(), os.getppid()) == 0


def test_broken_cell_is_grader_fault(
    mode: Mode, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its walls nothing is graded, and no submission is to blame."""

    def make_confinement_request(*arguments: object, **options: object) -> dict[str, object]:
        del arguments, options
        return {
            "closed": True,
            "apart": False,
            "listeners": 0,
            "ports": [],
            "readable": ["/nowhere"],
            "real_user": 1,
        }

    monkeypatch.setattr(fork_server_launcher, "make_confinement_request", make_confinement_request)
    with open_run_folder(runs_folder) as folder:
        launcher = ForkServerLauncher(folder, (), mode)
        with pytest.raises(GraderFault, match="cannot be closed"):
            launcher.start(folder)
        launcher.close()
