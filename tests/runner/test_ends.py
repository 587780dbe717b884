"""Everything that grading starts ends with the process that started it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dojo.harness.processes import list_descendants, wait_until_ended
from dojo.model.catalogue import find_root

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux ends children with parents")

GRADE = """
import sys
from pathlib import Path
from dojo.model.catalogue import Catalogue
from dojo.runner.grading import Job, Options
from dojo.runner.pool import WorkerProcess

kata = Catalogue(Path(sys.argv[1])).find("01")
worker = WorkerProcess(kata)
worker.grade(Job(kata, kata.stub, Options()))
print("graded", flush=True)
sys.stdin.read()
"""
SECONDS = 10


def test_workers_end_with_killed_run() -> None:
    """A run that is killed leaves no worker behind, nor what its worker had started."""
    root = find_root(Path(__file__).parent)
    command = [sys.executable, "-c", GRADE, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"graded\n"
        started = list_descendants(run.pid)
        for pid in started:
            os.kill(pid, signal.SIGSTOP)  # what cannot run cannot see that a socket is closed
        run.send_signal(signal.SIGKILL)

    assert len(started) >= 2
    assert all(wait_until_ended(pid, SECONDS) for pid in started)
