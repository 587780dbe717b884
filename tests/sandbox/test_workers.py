"""Whole submissions are graded in a confinement, and reports say so."""

from pathlib import Path

from dojo.model.catalogue import Catalogue
from dojo.model.reports import Status
from dojo.runner.grading import Job, Options
from dojo.runner.pool import Pool
from dojo.runner.sandbox import Mode

ROOT = Path(__file__).parent.parent.parent


def test_report_names_mode(mode: Mode) -> None:
    """A submission that uses the upstream, a database and two instances passes in every mode."""
    kata = Catalogue(ROOT).find("40")
    with Pool(1, mode) as pool:
        (report,) = pool.grade_all([Job(kata, kata.solution, Options())])

    assert (report.status, report.environment.isolation) == (Status.PASSED, mode)
