"""Pages: writes the pages of the site from their templates; each stands alone, style and all.

A policy in every page forbids scripts and anything from elsewhere, should markup ever get through.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ...cohort.results import Result, ResultStatus
from ...cohort.rows import KataRows, Row, make_sort_key
from ...cohort.runs import Run, name_folder
from ...reports import Outcome
from .bars import draw_bar
from .feedback import make_feedback

_CODE = re.compile(r"`([^`]+)`")
_SHORT_DIGEST = 12

STATUS_WORDS: Mapping[ResultStatus, str] = {
    status: status.value.replace("_", " ") for status in ResultStatus
}


class Site:
    """A folder of pages about one run: an overview, one page a kata and one a student."""

    def __init__(self, run: Run, folder: Path) -> None:
        self._folder = folder
        style = resources.files(__package__).joinpath("style.css").read_text("utf-8")
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self._templates = Environment(
            loader=PackageLoader(__package__),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "code": mark_code,
            "points": "{:g}".format,
            "count": "{:,}".format,
            "short": lambda digest: digest[:_SHORT_DIGEST],
        }
        self._templates.globals |= {
            "run": run,
            "style": Markup(style),
            "style_digest": digest,
            "Outcome": Outcome,
            "Status": ResultStatus,
            "words": STATUS_WORDS,
            "outcomes": [(each, each) for each in Outcome],
            "draw_bar": draw_bar,
        }
        for name in ("students", "katas"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def write_student(self, results: Sequence[Result]) -> None:
        """Write the page of the student whose results these are."""
        student = results[0].student
        page = f"students/{name_folder(student)}.html"
        feedback = [make_feedback(each) for each in results]
        self._write(page, "student.html", student=student, feedback=feedback)

    def write_overview(self, katas: Sequence[KataRows]) -> None:
        """Write the page that all others are reached from."""
        by_student: dict[str, dict[str, Row]] = {}
        for group in katas:
            for row in group.rows:
                by_student.setdefault(row.student, {})[row.kata] = row
        names = sorted(by_student, key=make_sort_key)
        ungraded = [
            row
            for status in (ResultStatus.GRADER_FAULT, ResultStatus.NOT_GRADABLE)
            for group in katas
            for row in group.rows
            if row.status is status
        ]
        students = [(name, by_student[name]) for name in names]
        self._write("index.html", "index.html", katas=katas, students=students, ungraded=ungraded)

    def write_kata(self, group: KataRows) -> None:
        """Write the page of one kata: how each criterion went, and for whom."""
        counts = [group.count_outcomes(number) for number in range(len(group.kata.criteria))]
        self._write(f"katas/{group.kata.id}.html", "kata.html", group=group, counts=counts)

    def _write(self, page: str, template: str, **values: Any) -> None:
        text = self._templates.get_template(template).render(values)
        (self._folder / page).write_text(text + "\n", "utf-8", newline="\n")


def mark_code(text: str) -> Markup:
    """Escape a text, and show as code what stands between backticks."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))
