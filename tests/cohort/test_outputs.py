"""Outputs are written student by student, so that any number of them fits in memory."""

import weakref
from collections.abc import Iterator
from pathlib import Path

from dojo.commandline.instructor_commands import write_outputs
from dojo.runner.cohort_records import Result, name_folder

from ..output.cohorts import make_fault, make_kata, make_result, make_run, write_cohort
from ..output.samples import make_criterion, make_report

CRITERION = make_criterion()
RUN = make_run(make_kata([CRITERION]))


def test_every_output_is_written(tmp_path: Path) -> None:
    """One call writes the gradebook, the JUnit document, the site and Gradescope's files."""
    write_cohort(tmp_path, RUN, [make_result("Ana", make_report(CRITERION))])
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")}

    assert written == {
        "grades.csv",
        "statistics.csv",
        "junit.xml",
        "site/index.html",
        "site/katas/07_library.html",
        f"site/students/{name_folder('Ana')}.html",
        f"gradescope/{name_folder('Ana')}/results.json",
    }


def test_results_are_not_kept(tmp_path: Path) -> None:
    """A result is let go as soon as the next student's is there."""
    alive: list[int] = []
    known: list[weakref.ref[Result]] = []

    def give_results() -> Iterator[Result]:
        for number in range(20):
            result = make_result(f"Student {number}", make_report(CRITERION))
            known.append(weakref.ref(result))
            yield result
            del result
            alive.append(sum(each() is not None for each in known))

    write_outputs(RUN, give_results, tmp_path)

    assert max(alive) <= 2


def test_outputs_can_be_written_again(tmp_path: Path) -> None:
    """A resumed run replaces what an earlier one wrote."""
    write_cohort(tmp_path, RUN, [make_fault("Ana")])
    write_cohort(tmp_path, RUN, [make_result("Ana", make_report(CRITERION))])

    assert "passed" in (tmp_path / "grades.csv").read_text("utf-8-sig")
    assert (
        "grader fault"
        not in (tmp_path / "site" / "students" / f"{name_folder('Ana')}.html")
        .read_text("utf-8")
        .partition("<main")[2]
    )


def test_names_alike_have_own_pages(tmp_path: Path) -> None:
    """Names that differ in case or Unicode form only do not share a page."""
    names = ["ana", "Ana", "Zoë", "Zoe\u0308"]
    write_cohort(tmp_path, RUN, [make_result(name) for name in names])

    assert len(list(tmp_path.glob("site/students/*.html"))) == len(names)


def test_empty_cohort_is_no_error(tmp_path: Path) -> None:
    """A run without students still has all of its tables."""
    write_cohort(tmp_path, RUN, [])

    assert (tmp_path / "site" / "index.html").is_file()
    assert (tmp_path / "grades.csv").read_text("utf-8-sig").count("\n") == 1
