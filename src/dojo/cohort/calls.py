"""Calls: grading a cohort from the check of what is asked for to the outputs, and going on later.

A call goes on only with exactly what the run was begun with: all results of a run may be compared.
"""

import argparse
import shlex
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ..commandline import ExitCode, UsageError
from ..renderers.cohort import open_progress, render_start, render_stop, render_summary
from ..wall.failures import GraderFault
from .executors import open_workforce
from .grading import CohortGrading
from .outputs import write_outputs
from .plans import Plan, make_plan
from .records import LOCK_FILE, Records, RunStopped
from .references import describe_katas, get_environment, grade_references
from .results import Result, ResultStatus
from .runs import SETTINGS, Run
from .tallies import Tally

SAME = {"submissions": "submissions", **SETTINGS, "katas": "katas or graders"}
"""What a run has to have been begun with, to be gone on with, and how it is called."""


@dataclass(frozen=True)
class Call:
    """One call of `grade`, or of `regrade`, which differs in how it is gone on with."""

    arguments: argparse.Namespace
    records: Records
    console: Console
    command: str
    """The command that goes on with it."""

    def grade(self) -> ExitCode:
        """Grade, write the outputs and say what came of it."""
        earlier = self._read_earlier()
        plan = make_plan(self.arguments, self.records, earlier)
        tally = Tally(plan.total)
        if earlier is not None:
            self._refuse_difference(earlier, plan.settings)
        with self.records.lock():
            self._grade(plan, earlier, tally)
            run = self.records.read_run()
            write_outputs(run, lambda: list_results(plan, self.records), self.records.folder)
        render_summary(tally, self.records.folder, self.console)
        faults = tally.counts[ResultStatus.GRADER_FAULT]
        return ExitCode.GRADER_FAULT if faults else ExitCode.PASSED

    def _grade(self, plan: Plan, earlier: Run | None, tally: Tally) -> None:
        address, jobs = self.arguments.executor, self.arguments.jobs
        with open_workforce(address, jobs, plan.mode) as workforce:
            references = grade_references(plan, workforce.executor)
            katas = describe_katas(plan, references)
            run = plan.begin(katas, get_environment(references.values()))
            if earlier is not None:
                self._refuse_difference(earlier, dict(run))
                run = run.model_copy(update={"started": earlier.started})
            self.records.write_run(run)
            render_start(run, self.console)
            with open_progress(tally, self.console) as tell:
                CohortGrading(plan, self.records, references, tally, tell).run(workforce)

    def _read_earlier(self) -> Run | None:
        """Read the run to go on with; refuse a folder that is not for this call."""
        folder, resume = self.records.folder, self.arguments.resume
        if self.records.hold_run():
            if resume:
                return self.records.read_run()
            raise UsageError(
                f"There is a run in '{folder}' already. Go on with it: `{self.command}`; or name"
                " another folder with `--out`."
            )
        if folder.exists() and (not folder.is_dir() or _holds_other_things(folder)):
            raise UsageError(
                f"'{folder}' exists and is no run. Name a folder that does not exist with `--out`."
            )
        return None

    def _refuse_difference(self, earlier: Run, found: Mapping[str, object]) -> None:
        for name, what in SAME.items():
            one, other = getattr(earlier, name), found.get(name, getattr(earlier, name))
            if one != other:
                values = "" if name == "katas" else f" '{one}' became '{other}'."
                raise UsageError(
                    f"The run in '{self.records.folder}' was begun with different {what}."
                    f"{values} Its results could not be compared. Begin another run with `--out`,"
                    f" or see who changes with `dojo regrade {self.records.folder}`."
                )


def list_results(plan: Plan, records: Records) -> Iterator[Result]:
    """List the results of everybody in the plan, student by student."""
    for student in plan.students:
        for kata in plan.katas:
            result = records.read(student.name, kata.id)
            if result is not None:
                yield result


def carry_out(call: Call, *afterwards: Callable[[], None]) -> int:
    """Carry out a call, and more where it comes to its end; give its exit code."""
    # Whoever stops a run politely gets the same end as with Ctrl+C.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = call.grade()
        for step in afterwards:
            step()
        return code
    except (KeyboardInterrupt, RunStopped) as reason:
        render_stop(str(reason), call.command if call.records.hold_run() else None, call.console)
        return ExitCode.NOT_PASSED
    except GraderFault as fault:
        call.console.print(str(fault), soft_wrap=True)
        return ExitCode.GRADER_FAULT
    finally:
        signal.signal(signal.SIGTERM, before)


def _holds_other_things(folder: Path) -> bool:
    return any(path.name != LOCK_FILE for path in folder.iterdir())


def write_command(arguments: argparse.Namespace, name: str, subject: str, out: Path) -> str:
    """Write the command that goes on with a run; the rest is in the run itself."""
    words = ["dojo", name, subject, "--out", str(out), "--resume"]
    if arguments.i_trust_these_submissions:
        words.append("--i-trust-these-submissions")
    if arguments.executor:
        words += ["--executor", arguments.executor]
    return shlex.join(words)
