"""Outputs: everything that is made of the results of a run, for people and for other programs.

It brings the renderers together and decides nothing; `runs` and `results` say what it is about.
"""

from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path

from ..renderers.gradebook import write_gradebook
from ..renderers.gradescope import render_gradescope
from ..renderers.junit import JunitFile, open_junit
from ..renderers.site.pages import Site
from .results import Result, ResultStatus
from .rows import Row, group_rows, make_row
from .runs import Run, name_folder


def write_outputs(run: Run, results: Callable[[], Iterable[Result]], folder: Path) -> None:
    """Write `grades.csv`, `junit.xml`, `site/` and `gradescope/` into a folder.

    The results of one student have to come one after another. They are read once and not kept.
    """
    site = Site(run, folder / "site")
    rows: list[Row] = []
    with open_junit(folder / "junit.xml") as junit:
        for _, of_student in groupby(results(), key=lambda result: result.student):
            rows += _write_student(run, list(of_student), junit, site, folder / "gradescope")
    katas = group_rows(run, rows)
    write_gradebook(katas, folder / "grades.csv")
    site.write_overview(katas)
    for group in katas:
        site.write_kata(group)


def _write_student(
    run: Run, results: list[Result], junit: JunitFile, site: Site, gradescope: Path
) -> list[Row]:
    for result in results:
        junit.write(result)
    site.write_student(results)
    if any(each.status is not ResultStatus.MISSING for each in results):
        target = gradescope / name_folder(results[0].student) / "results.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        public = {kata.id: kata.public for kata in run.katas}
        target.write_text(render_gradescope(results, public), "utf-8")
    katas = {kata.id: kata for kata in run.katas}
    return [make_row(each, run, katas[each.kata]) for each in results]
