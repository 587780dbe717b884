"""The worker: `python -m dojo.warm.worker DESCRIPTOR ROOT KATA MODE YARD` grades on request.

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
from ..grading import Options, Workplace, grade, read_version
from ..host.frames import Frame, FrameSocket, pack, unpacker
from ..sandbox.modes import Mode
from ..submissions.staging import SubmissionUnreadable
from ..wall.bases import Base
from ..wall.folders import RunFolder, open_run_folder
from ..wall.processes import adopt_orphans, end_descendants
from .launches import ZygoteLauncher


class Worker:
    """Serve grading requests for one kata on one connection; all runs are in the folder `yard`."""

    def __init__(self, kata: Kata, control: FrameSocket, mode: Mode, yard: Path) -> None:
        self._mode = mode
        self._yard = yard
        self._kata = kata
        self._control = control
        self._grader = CollectedGrader()

    def serve(self) -> None:
        """Collect the grader and answer requests until the other side goes away."""
        adopt_orphans()
        labs = self._kata.file.labs
        with open_run_folder(self._yard) as folder:
            self._launcher = ZygoteLauncher(folder, (*labs, self._kata.file.kind), self._mode)
            try:
                with open_laboratory(labs, self._launcher.open_listener) as laboratory:
                    self._grader.serve(self._kata.grader, lambda: self._answer_all(laboratory))
            finally:
                self._launcher.close()

    def _answer_all(self, laboratory: Laboratory) -> None:
        read_version("fastapi")  # once, and not in every fork
        gc.freeze()  # or a collection in a fork would touch, and so copy, every page
        while (request := self._control.read()) is not None:
            with open_run_folder(self._yard) as folder:
                answer = self._grade_in_fork(request, folder, laboratory)
            end_descendants(os.getpid(), self._launcher.pids)
            _collect_ended()
            with contextlib.suppress(BrokenPipeError):  # nobody wants it any more
                self._control.write(answer)

    def _grade_in_fork(self, request: Frame, folder: RunFolder, laboratory: Laboratory) -> Frame:
        reading, writing = os.pipe()
        owner = os.getpid()
        child = os.fork()
        if child == 0:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(pack(self._grade(request, folder, laboratory, owner)))
            os._exit(0)
        os.close(writing)
        answers = unpacker()
        with os.fdopen(reading, "rb") as pipe:
            answers.feed(pipe.read())
        os.waitpid(child, 0)
        lost = "The process that graded this submission ended without a report."
        return next(answers, {"fault": lost})

    def _grade(
        self, request: Frame, folder: RunFolder, laboratory: Laboratory, owner: int
    ) -> Frame:
        options = Options(request["seed"], tuple(request["only"]), request["fork"], self._mode)
        try:
            with _open_base(folder, self._launcher) as base:
                keep = self._launcher.pids | {os.getpid(), base.pid}
                workplace = Workplace(base, laboratory, self._grader.run, owner, keep)
                report = grade(self._kata, Path(request["source"]), workplace, options)
            return {"report": report.model_dump_json()}
        except SubmissionUnreadable as error:
            return {"problem": str(error)}
        except Exception:
            return {"fault": traceback.format_exc()}


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
    descriptor, root, name, mode, yard = arguments
    control = FrameSocket(socket.socket(fileno=int(descriptor)))
    kata = Catalogue(Path(root)).find(name)
    Worker(kata, control, Mode(mode), Path(yard)).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
