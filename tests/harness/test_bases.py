"""A snapshot imports once, gives copies, and is replaced when a submission has harmed it."""

import os
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from dojo.harness import connections
from dojo.harness.evidence import Output
from dojo.harness.failures import GraderFault, SubmissionError
from dojo.harness.hosts import Host
from dojo.harness.processes import list_children
from dojo.harness.snapshot_process import ImportRequest, SnapshotProcess
from dojo.harness.temporary_folders import RunFolder
from dojo.host.frames import Frame, FrameSocket

from ..conftest import FEW_SECONDS, OpenSubmission, fetch

APP = """
    import os, sys
    from fastapi import FastAPI

    print("imported")
    app = FastAPI()

    @app.get("/")
    async def read() -> str:
        return "served"

    @app.post("/control")
    async def write(text: str) -> None:
        os.write(control, bytes.fromhex(text))
"""
KEEP_CONTROL = "    control = os.dup(sys.stdout.buffer._recorder.frames.stream.fileno())\n"

CONFINED: Frame = {"kind": "confined"}
LOADED: Frame = {"kind": "loaded", "threads": 0}
OPENED: Frame = {"kind": "opened"}
FIRST_UNUSED = 2**22
"""The first number that is no process id on any system."""


class ScriptedLauncher:
    """A launcher of processes that are none: all that they will ever say is written beforehand."""

    def __init__(self, *scripts: Sequence[Frame], begin: Sequence[Frame] = (CONFINED,)) -> None:
        self._begin = begin
        self.started: list[int] = []
        self.ended: list[int] = []
        self._scripts = iter(scripts)

    def start(self, folder: RunFolder) -> tuple[FrameSocket, int]:
        """Give a connection on which the next script is waiting, and nobody behind it."""
        del folder
        ours, theirs = socket.socketpair()
        self.started.append(FIRST_UNUSED + len(self.started))
        with theirs:
            for frame in (*self._begin, *next(self._scripts)):
                own = {"pid": self.started[-1]} if frame == OPENED else {}
                FrameSocket(theirs).write(frame | own)
        return FrameSocket(ours), self.started[-1]

    def end(self, pid: int) -> None:
        """Note whose end is wanted."""
        self.ended.append(pid)


def open_snapshot(folder: Path, *frames: Frame) -> SnapshotProcess:
    """Make a snapshot whose process has said all that it will say."""
    snapshot = SnapshotProcess(RunFolder(folder), ScriptedLauncher(frames))
    snapshot.request_import(ImportRequest("app.main:app"))
    return snapshot


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_harmed_base_is_replaced(
    open_submission: OpenSubmission, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot that has ended, or answers no more, is replaced within the next copy's opening."""
    monkeypatch.setattr(connections, "IMPORT_SECONDS", FEW_SECONDS)
    submission = open_submission(APP)
    await submission.open()
    os.kill(submission.snapshot.pid, number)

    host = await submission.open()

    assert (await fetch(host)).json() == "served"
    assert [event.text for event in host.evidence.of(Output)] == ["imported", "\n"]


@pytest.mark.parametrize(
    "text",
    [
        "c1" * 20,
        "81a46b696e64a6766572646963",
        "80",
        "a0",
        "82a46b696e64a66f70656e6564a3706964" + "01",
    ],
    ids=["no frame", "half a frame", "an empty frame", "a text", "a forged copy"],
)
async def test_forged_control_frames_harm_nobody(
    open_submission: OpenSubmission, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a host writes onto the socket of its snapshot does not reach later hosts."""
    monkeypatch.setattr(connections, "IMPORT_SECONDS", FEW_SECONDS)
    submission = open_submission(APP + KEEP_CONTROL)
    first = await submission.open()
    await fetch(first, f"/control?text={text}", method="POST")

    hosts = [await submission.open(), await submission.open()]

    assert [(await fetch(host)).json() for host in hosts] == ["served", "served"]


async def test_no_copy_is_lost_from_sight(open_submission: OpenSubmission) -> None:
    """The process of each copy is a child of the snapshot, as the kernel tells it."""
    submission = open_submission(APP)
    hosts = [await submission.open() for _ in range(3)]

    assert sorted(host.pid for host in hosts) == sorted(list_children(submission.snapshot.pid))


async def test_used_up_process_is_not_spared(open_submission: OpenSubmission, fork: bool) -> None:
    """The process that makes further copies outlives a criterion; a copy does not."""
    submission = open_submission(APP, fork=fork)
    host = await submission.open()

    assert submission.snapshot.spared == ({submission.snapshot.pid} if fork else set())
    assert (host.pid == submission.snapshot.pid) is not fork


async def test_lie_about_a_process_is_noticed(tmp_path: Path) -> None:
    """A process id that is not that of a copy is not taken: nobody else is ever signalled."""
    snapshot = open_snapshot(tmp_path, LOADED, {"kind": "opened", "pid": os.getppid()})
    host = await Host.open(snapshot)
    host.kill()
    snapshot.close()

    assert host.pid == 0


@pytest.mark.parametrize(
    "frame",
    [
        {"kind": "loaded"},
        {"kind": "loaded", "threads": "0"},
        {"kind": "unloadable", "error": "text"},
        {"kind": "unloadable", "error": {"type": 1}},
        {"kind": "opened", "pid": 1},
        {"kind": "ended", "status": 0},
        {"kind": ["loaded"]},
        {"passed": True},
    ],
)
def test_malformed_answer_is_told(tmp_path: Path, frame: dict[str, object]) -> None:
    """A snapshot that answers what no snapshot answers is the submission's error."""
    snapshot = open_snapshot(tmp_path, frame)
    with pytest.raises(SubmissionError) as caught:
        snapshot.open([], {})
    snapshot.close()

    assert caught.value.kind == "protocol"


def test_output_before_the_end_is_kept(tmp_path: Path) -> None:
    """What a submission printed before its import ended the process is evidence."""
    output = {"kind": "output", "stream": "stdout", "text": "bye", "truncated": False}
    snapshot = open_snapshot(tmp_path, output)
    with pytest.raises(SubmissionError) as caught:
        snapshot.open([], {})
    snapshot.close()

    assert caught.value.kind == "crash"
    assert [event.text for event in snapshot.evidence.of(Output)] == ["bye"]


def test_every_process_is_ended(tmp_path: Path) -> None:
    """All processes that a snapshot has used are collected, the last of them with its end."""
    script = [LOADED, OPENED]
    launcher = ScriptedLauncher(script, script, script)
    snapshot = SnapshotProcess(RunFolder(tmp_path), launcher)
    snapshot.request_import(ImportRequest("app.main:app", fork=False))
    copies = [snapshot.open([], {}) for _ in range(3)]
    early = len(launcher.ended)
    snapshot.close()
    for copy in copies:
        copy.stream.close()

    assert [copy.pid for copy in copies] == launcher.started
    assert early < 3
    assert launcher.ended == launcher.started


def test_end_before_the_import_is_grader_fault(tmp_path: Path) -> None:
    """A process that ends before the submission could do anything is nobody's fault but ours."""
    snapshot = SnapshotProcess(RunFolder(tmp_path), ScriptedLauncher([], begin=[]))
    snapshot.request_import(ImportRequest("app.main:app"))
    with pytest.raises(GraderFault, match="import of the app did not start"):
        snapshot.open([], {})
    snapshot.close()
