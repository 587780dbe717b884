"""The Gradescope harness: `python -m dojo.commandline.gradescope_harness ROOT` grades there.

ROOT holds `source` (the bundle), `submission` and `results`, as on that platform. What goes wrong
in the grader is no zero: the results then have no score, and the details are printed, which only
the instructor gets to see.
"""

import secrets
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic_core import to_json

from ..model.catalogue import Catalogue, Kata
from ..model.errors import ExitCode
from ..model.file_trees import SubmissionUnreadable
from ..model.staging import KataMissing
from ..output.documents import render_gradescope
from ..runner.attempts import Attempt
from ..runner.cohort_records import Result
from ..runner.cohort_tasks import Task, grade_task, make_fault, open_workers
from ..runner.handins import read_handin
from ..runner.sandbox import Mode, choose_mode

_WITHOUT_SCORE = {
    "output": "The grader has an error. This is not an error in your work, and it costs no points. "
    "Your instructor sees the details.",
    "output_format": "text",
    "stdout_visibility": "hidden",
}


def grade_submission(root: Path) -> list[Result]:
    """Grade all katas of the bundle, one after the other."""
    katas = Catalogue(root / "source").katas
    mode = choose_mode()
    attempt = Attempt(root / "submission")
    with open_workers(1, mode):
        return [_grade(attempt, kata, mode, alone=len(katas) == 1) for kata in katas]


def _grade(attempt: Attempt, kata: Kata, mode: Mode, *, alone: bool) -> Result:
    try:
        files = read_handin(attempt, kata, alone=alone).files
    except KataMissing as error:
        return _refuse(kata, "", str(error))
    except SubmissionUnreadable as error:
        return _refuse(kata, attempt.path.name, str(error))
    task = Task(
        student="submission",
        source=attempt.path.name,
        files=files,
        root=str(kata.root),
        kata=kata.id,
        title=kata.file.title,
        seed=secrets.token_hex(4),
        mode=mode,
    )
    try:
        return Result.model_validate_json(grade_task(task))
    except Exception:
        return make_fault(task, traceback.format_exc())


def _refuse(kata: Kata, source: str, problem: str) -> Result:
    return Result(
        student="submission", kata=kata.id, title=kata.file.title, source=source, problem=problem
    )


def _list_faults(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        if result.report is not None and result.report.fault is not None:
            yield f"{result.kata}: {result.report.fault.details}"


def main(arguments: Sequence[str]) -> int:
    """Write `results/results.json`, whatever happens; give 3 for a grader fault and else 0."""
    root = Path(arguments[0])
    try:
        results = grade_submission(root)
        public = {kata.id: kata.file.public for kata in Catalogue(root / "source").katas}
        text = render_gradescope(results, public)
        faults = list(_list_faults(results))
    except Exception:
        text = to_json(_WITHOUT_SCORE).decode()
        faults = [traceback.format_exc()]
    (root / "results").mkdir(exist_ok=True)
    (root / "results" / "results.json").write_text(text, "utf-8")
    for fault in faults:
        print(fault)  # noqa: T201
    return ExitCode.GRADER_FAULT if faults else ExitCode.PASSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
