"""Nothing that a submission starts outlives it, however it hides."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from dojo.harness import processes
from dojo.harness.processes import (
    end_descendants,
    end_tree,
    has_ended,
    is_child,
    list_children,
    list_descendants,
    wait_until_ended,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")

FAMILY = """
import os, sys, time
for _ in range(2):
    if os.fork():
        break
if os.getppid() != int(sys.argv[1]):
    print("ready", flush=True)
time.sleep(60)
"""
HEADLESS = """
import ctypes, threading, time
threading.Thread(target=time.sleep, args=[60]).start()
print("ready", flush=True)
ctypes.CDLL(None).syscall(60, 0)  # ends the first thread alone
"""
GRADE = """
import json, sys
from pathlib import Path
from dojo.grader.fixtures import Workplace
from dojo.grader.plugin import Grading
from dojo.grader.plugin import run_criteria
from dojo.harness.snapshot_process import ImportRequest, SnapshotProcess
from dojo.harness.temporary_folders import open_run_folder
from dojo.harness.snapshot_process import ExecLauncher
from dojo.harness.processes import adopt_orphans

adopt_orphans()
source = Path(sys.argv[1])
with open_run_folder() as folder:
    folder.stage.symlink_to(source)
    snapshot = SnapshotProcess(folder, ExecLauncher())
    snapshot.request_import(ImportRequest("app.main:app"))
    grading = Grading(Workplace(snapshot, "1"))
    run_criteria(source / "grader", grading)
    snapshot.close()
print(json.dumps([grading.faults, {name: each.outcome for name, each in grading.results.items()}]))
"""
UNRULY = """
import os, signal, subprocess, sys, time
from pathlib import Path
from fastapi import FastAPI

app = FastAPI()
TRACES = Path(__file__).parent.parent / "traces"

def note(name):
    (TRACES / f"{name}.{os.getpid()}").touch()

def live_on(name):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note(name)
    time.sleep(60)
    os._exit(0)

def start(name, *, own_session=False, own_group=False, twice=False):
    if os.fork():
        return
    if own_session:
        os.setsid()
    if own_group:
        os.setpgid(0, 0)
    if twice and os.fork():
        os._exit(0)
    live_on(name)

def start_headless():
    subprocess.Popen([sys.executable, "-c", f'''
import ctypes, os, threading, time
open(f"{TRACES}/headless.{{os.getpid()}}", "w").close()
threading.Thread(target=time.sleep, args=[60]).start()
ctypes.CDLL(None).syscall(60, 0)
'''])

def start_fugitive():
    if os.fork():
        return
    beat = os.open(TRACES / "beat", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if os.fork():
            os._exit(0)
        os.setsid()
        os.write(beat, b"x")
    os._exit(0)

def start_crowd(depth):
    for _ in range(depth):
        os.fork()
    live_on("crowd")

@app.post("/")
def start_all() -> None:
    start("child")
    start("group", own_group=True)
    start("daemon", own_session=True, twice=True)
    start_headless()
    start_fugitive()
    if os.fork() == 0:
        start_crowd(4)
    while len(os.listdir(TRACES)) < 21:  # four, the fugitive's beat and a crowd of sixteen
        time.sleep(0.005)
"""
WATCH = '''
import time
from pathlib import Path
from dojo.grader import Failure, criterion
from dojo.harness.processes import has_ended

TRACES = Path(__file__).parent.parent / "traces"

@criterion(task=1)
async def test_everything_starts(client):
    """Processes of all kinds are started."""
    assert (await client.post("/")).status_code == 200

@criterion(task=1, waits_for=test_everything_starts)
async def test_nothing_is_left():
    """Nothing of the criterion before is left."""
    names = [path.name for path in TRACES.iterdir() if path.name != "beat"]
    left = [name for name in names if not has_ended(int(name.partition(".")[2]))]
    beats = (TRACES / "beat").stat().st_size
    time.sleep(0.05)
    if left or beats != (TRACES / "beat").stat().st_size:
        raise Failure("nothing", f"{left} and {beats} beats")
'''


@pytest.fixture
def family() -> Iterator[subprocess.Popen[str]]:
    """Start a process with a child that has a child."""
    command = [sys.executable, "-S", "-c", FAMILY, str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(2):
            process.stdout.readline()
        yield process
        end_tree(process.pid)


def test_descendants_are_listed(family: subprocess.Popen[str]) -> None:
    """A child's child is a descendant as the child is."""
    (child,) = list_children(family.pid)
    (grandchild,) = list_children(child)

    assert list_descendants(family.pid) == [child, grandchild]
    assert is_child(child, family.pid)
    assert not is_child(grandchild, family.pid)


def test_other_platforms_ask_ps(
    family: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the kernel's own tables, `ps` tells the same."""
    found = list_descendants(family.pid)
    monkeypatch.setattr(processes, "sys", SimpleNamespace(platform="darwin"))

    assert list_descendants(family.pid) == found
    assert is_child(found[0], family.pid)
    assert not has_ended(found[0])
    assert end_descendants(family.pid)
    assert wait_until_ended(found[0], 5)


def test_kept_process_is_passed_through(family: subprocess.Popen[str]) -> None:
    """What is to be kept lives on, what it has started does not."""
    (child,) = list_children(family.pid)
    (grandchild,) = list_children(child)

    assert end_descendants(family.pid, frozenset({child}))
    assert has_ended(grandchild)
    assert not has_ended(child)


def test_tree_ends_with_its_root(family: subprocess.Popen[str]) -> None:
    """A process and all its descendants are ended."""
    everyone = [family.pid, *list_descendants(family.pid)]

    end_tree(family.pid)

    assert all(wait_until_ended(pid, 5) for pid in everyone)


def test_stopped_process_ends(family: subprocess.Popen[str]) -> None:
    """A process that is stopped is ended as well."""
    (child,) = list_children(family.pid)
    os.kill(child, signal.SIGSTOP)

    assert end_descendants(family.pid)
    assert has_ended(child)


def test_process_lives_while_a_thread_does() -> None:
    """A process whose first thread has ended is not taken for one that has."""
    command = [sys.executable, "-c", HEADLESS]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        early = wait_until_ended(process.pid, 0.1)
        process.kill()

        assert not early
        assert wait_until_ended(process.pid, 5)


def test_missing_process_has_ended() -> None:
    """A process that never was has ended, and signals to it harm nobody."""
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as process:
        pass
    end_tree(process.pid)

    assert has_ended(process.pid)
    assert list_descendants(process.pid) == []
    assert not is_child(process.pid, os.getpid())


def test_nothing_outlives_its_criterion(tmp_path: Path) -> None:
    """Daemons, groups, crowds, processes without a head and fugitives end with their criterion."""
    for name in ("app", "grader", "traces"):
        (tmp_path / name).mkdir()
    (tmp_path / "app/main.py").write_text(UNRULY)
    (tmp_path / "grader/test_left.py").write_text(WATCH)

    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(GRADE), str(tmp_path)],
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )

    outcomes = {"test_everything_starts": "passed", "test_nothing_is_left": "passed"}
    assert json.loads(ended.stdout) == [[], outcomes]
