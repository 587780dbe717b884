"""Whole submissions are graded in a cell, and reports say so."""

from pathlib import Path

from dojo.catalogue import Catalogue
from dojo.grading import Options
from dojo.reports import Status
from dojo.sandbox import Mode
from dojo.warm.pool import Job, Pool

ROOT = Path(__file__).parent.parent.parent


def test_report_names_mode(mode: Mode) -> None:
    """A submission that uses the upstream, a database and two instances passes in every mode."""
    kata = Catalogue(ROOT).find("40")
    with Pool(1, mode) as pool:
        (report,) = pool.grade_all([Job(kata, kata.solution, Options())])

    assert (report.status, report.environment.isolation) == (Status.PASSED, mode)
