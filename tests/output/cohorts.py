"""Cohorts for the tests of this folder: made by hand, or graded for real."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dojo.commandline.instructor_commands import write_outputs
from dojo.model.catalogue import Catalogue, Kata
from dojo.model.reports import CriterionResult, Fault, Report
from dojo.proof.cases import list_cases
from dojo.runner.cohort_records import Result, Run, RunCriterion, RunKata
from dojo.runner.grading import FAULT_MESSAGE, Job, Options
from dojo.runner.pool import Pool

from ..output.samples import ENVIRONMENT

ROOT = Path(__file__).parent.parent.parent

STUDENTS = {
    "Amara Okafor": "stub",
    "Ana María Ñúñez": "no_finally",
    "Bo Li": "cached_session",
    "de Groot, Jan-Willem": "session_before_key",
    "Łukasz Żółty": "callable_class",
    "Zoë O'Neill": "contextmanager_dependency",
}
"""Students of a cohort that is graded for real, each with a known submission of kata 03."""


def make_kata(criteria: Sequence[CriterionResult], public: Sequence[str] = ()) -> RunKata:
    """Make what a run says of the kata of `samples`, with these criteria."""
    return RunKata(
        id="07_library",
        title="Lend books",
        possible_points=sum(each.possible_points for each in criteria),
        criteria=tuple(
            RunCriterion(
                name=each.name,
                sentence=each.sentence,
                task=each.task,
                possible_points=each.possible_points,
            )
            for each in criteria
        ),
        public=tuple(public),
        grader_digest="a1",
    )


def make_run(*katas: RunKata, name: str = "Cohort A") -> Run:
    """Make a run over these katas."""
    return Run(
        name=name,
        katas=katas,
        seed="5e",
        isolation="basic",
        dojo="0.1.0",
        fastapi="0.165.0",
        python="3.12.0",
        platform="Linux",
        lock_digest="c3",
        submissions="submissions",
        students=1,
        started=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    )


def make_result(student: str, report: Report | None = None, **fields: str) -> Result:
    """Make a student's result of the kata of `samples`."""
    source = fields.pop("source", "ana.zip" if report is not None else "")
    return Result(
        student=student,
        kata="07_library",
        title="Lend books",
        source=source,
        report=report,
        **fields,  # type: ignore[arg-type]
    )


def make_fault(student: str, details: str = "KeyError: 'shelf'") -> Result:
    """Make the result of a submission on which the grader itself failed."""
    report = Report(
        kata="07_library",
        title="Lend books",
        seed="5e",
        criteria=(),
        fault=Fault(message=FAULT_MESSAGE, details=details),
        environment=ENVIRONMENT,
    )
    return make_result(student, report)


def write_cohort(folder: Path, run: Run, results: Sequence[Result]) -> Path:
    """Write all outputs of a run into a folder and give it back."""
    folder.mkdir(parents=True, exist_ok=True)
    write_outputs(run, lambda: iter(results), folder)
    return folder


def grade_cohort(scratch: Path) -> tuple[Run, list[Result]]:
    """Grade known submissions for real, and add what nobody could grade."""
    kata = Catalogue(ROOT).find("03")
    sources = {case.name: case.source for case in list_cases(kata, scratch)}
    with Pool(2) as pool:
        reports = pool.grade_all(
            Job(kata, sources[name], Options(seed="5eed")) for name in STUDENTS.values()
        )
    graded = [
        Result(student=student, kata=kata.id, title=kata.file.title, source=name, report=report)
        for (student, name), report in zip(STUDENTS.items(), reports, strict=True)
    ]
    run = make_run(describe_kata(kata, reports[0]), name="Web Services, Spring 2026")
    return run, [*graded, *list_ungraded(kata, reports[0])]


def describe_kata(kata: Kata, report: Report) -> RunKata:
    """Say what a run says of a kata; one report of it has the criteria."""
    return make_kata(report.criteria, [report.criteria[0].name]).model_copy(
        update={
            "id": kata.id,
            "title": kata.file.title,
            "grader_digest": report.environment.grader_digest,
        }
    )


def list_ungraded(kata: Kata, report: Report) -> list[Result]:
    """Give a result for each way to have no points."""
    fault = Fault(message=FAULT_MESSAGE, details="KeyError: 'rows'")
    known: dict[str, Any] = {"kata": kata.id, "title": kata.file.title}
    return [
        Result(
            student="Priya Raman",
            source="priya raman.rar",
            problem="'priya raman.rar' is no archive that can be read. Hand in a zip file.",
            **known,
        ),
        Result(student="Sam Missing", **known),
        Result(
            student="Tomás Ó Fáilte",
            source="tomas",
            report=report.model_copy(update={"criteria": (), "fault": fault}),
            **known,
        ),
    ]
