"""The worker: `python -m dojo.runner.worker DESCRIPTOR ROOT KATA MODE RUNS_FOLDER` grades.

It collects the kata's grader once and forks for each submission; the fork grades, writes its
report to a pipe and ends. A fork that ends without a report is a grader fault, unless the kernel
ended it because the submission kept it computing for too long. A frame that comes meanwhile ends
the grading: nobody wants its report any more.
"""

import contextlib
import gc
import os
import resource
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from ..grader.fixtures import LabSet, Workplace, open_labs
from ..grader.oracle import Recordings
from ..grader.plugin import CollectedGrader
from ..harness.processes import adopt_orphans, end_descendants
from ..harness.snapshot_process import open_snapshot
from ..harness.temporary_folders import RunFolder, open_run_folder
from ..host.confinement import end_with_parent
from ..host.fork_server import collect_ended
from ..host.frames import Frame, FrameSocket, pack, unpacker
from ..model.catalogue import Catalogue, Kata
from ..model.file_trees import SubmissionUnreadable
from .fork_server_launcher import ForkServerLauncher
from .grading import Job, Options, grade, read_version, report_stalled
from .sandbox import Mode

if TYPE_CHECKING:
    from ..harness.postgresql import Cluster

MOST_RECORDED = 1024 * 1024
"""Characters of the reference's answers that are kept from one submission to the next."""

GRADING_PROCESSOR_SECONDS = 180
"""Seconds of the processor after which the kernel ends a grading that nothing else could stop."""


class Worker:
    """Serve grading requests for one kata on one connection; all runs are in `runs_folder`."""

    def __init__(self, kata: Kata, control: FrameSocket, mode: Mode, runs_folder: Path) -> None:
        self._mode = mode
        self._runs_folder = runs_folder
        self._kata = kata
        self._control = control
        self._grader = CollectedGrader()
        self._recordings: Recordings = {}

    def serve(self) -> None:
        """Collect the grader and answer requests until the other side goes away."""
        adopt_orphans()
        file, cluster = self._kata.file, self._find_cluster()
        labs = file.labs
        with open_run_folder(self._runs_folder) as folder:
            self._launcher = ForkServerLauncher(
                folder,
                (*labs, file.kind, *file.requirements),
                self._mode,
                ports=[cluster.port] if cluster else (),
            )
            try:
                with open_labs(labs, self._launcher.open_listener, cluster) as lab_set:
                    self._grader.serve(self._kata.grader, lambda: self._answer_all(lab_set))
            finally:
                self._launcher.close()

    def _find_cluster(self) -> "Cluster | None":
        """Find the PostgreSQL that this worker was given, if any: few are."""
        if "database" not in self._kata.file.labs:
            return None
        from ..harness.postgresql import Cluster

        return Cluster.read()

    def _answer_all(self, lab_set: LabSet) -> None:
        read_version("fastapi")  # once, and not in every fork
        gc.freeze()  # or a collection in a fork would touch, and so copy, every page
        while (request := self._control.read()) is not None:
            if not request:  # the grading that it should have ended was over already
                continue
            with open_run_folder(self._runs_folder) as folder:
                answer = self._grade_in_fork(request, folder, lab_set)
            end_descendants(os.getpid(), self._launcher.pids)
            collect_ended()
            with contextlib.suppress(BrokenPipeError):  # nobody wants it any more
                self._control.write(answer)

    def _grade_in_fork(self, request: Frame, folder: RunFolder, lab_set: LabSet) -> Frame:
        reading, writing = os.pipe()
        owner = os.getpid()
        child = os.fork()
        if child == 0:
            end_with_parent()
            os.close(reading)
            _limit_processor_time(GRADING_PROCESSOR_SECONDS)
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(pack(self._grade(request, folder, lab_set, owner)))
            os._exit(0)
        os.close(writing)
        answers = unpacker()
        with os.fdopen(reading, "rb") as pipe:
            if self._is_interrupted(reading):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return {"interrupted": True}
            answers.feed(pipe.read())
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
            return self._report_stalled(request)
        lost = "The process that graded this submission ended without a report."
        answer: Frame = next(answers, {"fault": lost})
        self._recordings = answer.pop("recordings", {})  # of other seeds nothing is kept
        return answer

    def _is_interrupted(self, reading: int) -> bool:
        """Wait for the report; tell whether the grader says first that nobody wants it."""
        if self._control.read_available() != []:  # it came together with the request
            return True
        ready, _, _ = select.select([self._control.stream.fileno(), reading], [], [])
        return reading not in ready

    def _report_stalled(self, request: Frame) -> Frame:
        """Report every criterion as one that the submission kept from being checked."""
        job = Job(self._kata, Path(request["source"]), self._read_options(request))
        with open_run_folder(self._runs_folder) as folder:
            report = report_stalled(job, folder.stage, self._grader.criteria)
        return {"report": report.model_dump_json()}

    def _read_options(self, request: Frame) -> Options:
        return Options(request["seed"], tuple(request["only"]), request["fork"], self._mode)

    def _grade(self, request: Frame, folder: RunFolder, lab_set: LabSet, owner: int) -> Frame:
        options = self._read_options(request)
        try:
            with open_snapshot(folder, self._launcher) as snapshot:
                keep = self._launcher.pids | {os.getpid(), snapshot.pid}
                workplace = Workplace(
                    snapshot, options.seed, lab_set, owner, keep, recordings=self._recordings
                )
                job = Job(self._kata, Path(request["source"]), options)
                report = grade(job, workplace, self._grader.run)
            return {"report": report.model_dump_json(), "recordings": self._choose(options.seed)}
        except SubmissionUnreadable as error:
            return {"problem": str(error)}
        except Exception:
            return {"fault": traceback.format_exc()}

    def _choose(self, seed: str) -> Recordings:
        """Give the recordings that are of use to the next submission with this seed."""
        own = {key: each for key, each in self._recordings.items() if key.startswith(f"{seed}/")}
        return own if sum(map(len, own.values())) <= MOST_RECORDED else {}


def _limit_processor_time(seconds: int) -> None:
    """Let the kernel end this process with SIGXCPU once it has used so much of the processor."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))


def main(arguments: list[str]) -> None:
    """Serve the connection inherited as a descriptor."""
    end_with_parent()
    descriptor, root, name, mode, runs_folder = arguments
    control = FrameSocket(socket.socket(fileno=int(descriptor)))
    kata = Catalogue(Path(root)).find(name)
    Worker(kata, control, Mode(mode), Path(runs_folder)).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
