"""The worker: `python -m dojo.warm.worker DESCRIPTOR ROOT KATA` grades submissions on request.

It collects the kata's grader once and forks for each submission; the fork grades, writes its
report to a pipe and ends. A fork that ends without a report is a grader fault.
"""

import contextlib
import gc
import os
import socket
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from ..catalogue import Catalogue, Kata
from ..grader.laboratory import Laboratory, open_laboratory
from ..grader.sessions import CollectedGrader
from ..grading import Options, Workplace, grade
from ..host.frames import Frame, FrameSocket
from ..submissions.staging import SubmissionUnreadable
from ..wall.bases import Base
from ..wall.folders import RunFolder, open_run_folder
from ..wall.processes import adopt_orphans, end_descendants
from .launches import ZygoteLauncher


class Worker:
    """Serve grading requests for one kata on one connection."""

    def __init__(self, kata: Kata, control: FrameSocket) -> None:
        self._kata = kata
        self._control = control
        self._grader = CollectedGrader()

    def serve(self) -> None:
        """Collect the grader and answer requests until the other side goes away."""
        adopt_orphans()
        labs = self._kata.file.labs
        with open_run_folder() as folder, open_laboratory(labs) as laboratory:
            self._launcher = ZygoteLauncher(folder, (*labs, self._kata.file.kind))
            try:
                self._grader.serve(self._kata.grader, lambda: self._answer_all(laboratory))
            finally:
                self._launcher.close()

    def _answer_all(self, laboratory: Laboratory) -> None:
        gc.freeze()  # or a collection in a fork would touch, and so copy, every page
        while (request := self._control.read()) is not None:
            with open_run_folder() as folder:
                text = self._grade_in_fork(request, folder, laboratory)
            end_descendants(os.getpid(), frozenset({self._launcher.pid}))
            _collect_ended()
            self._control.write({"report": text} if text.startswith("{") else {"fault": text})

    def _grade_in_fork(self, request: Frame, folder: RunFolder, laboratory: Laboratory) -> str:
        reading, writing = os.pipe()
        owner = os.getpid()
        child = os.fork()
        if child == 0:
            os.close(reading)
            with os.fdopen(writing, "w", encoding="utf-8") as pipe:
                pipe.write(self._grade(request, folder, laboratory, owner))
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            text = pipe.read()
        os.waitpid(child, 0)
        return text or "The process that graded this submission ended without a report."

    def _grade(self, request: Frame, folder: RunFolder, laboratory: Laboratory, owner: int) -> str:
        options = Options(request["seed"], tuple(request["only"]), request["fork"])
        try:
            with _open_base(folder, self._launcher) as base:
                keep = frozenset({os.getpid(), self._launcher.pid, base.pid})
                workplace = Workplace(base, laboratory, self._grader.run, owner, keep)
                report = grade(self._kata, Path(request["source"]), workplace, options)
            return report.model_dump_json()
        except SubmissionUnreadable as error:
            return str(error)
        except Exception:
            return traceback.format_exc()


@contextlib.contextmanager
def _open_base(folder: RunFolder, launcher: ZygoteLauncher) -> Iterator[Base]:
    base = Base(folder, launcher)
    try:
        yield base
    finally:
        base.close()


def _collect_ended() -> None:
    """Collect orphans that were adopted; the zygote, which still runs, stays."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main(arguments: list[str]) -> None:
    """Serve the connection inherited as a descriptor."""
    descriptor, root, kata = arguments
    control = FrameSocket(socket.socket(fileno=int(descriptor)))
    Worker(Catalogue(Path(root)).find(kata), control).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
