"""The site: a cohort as static pages that need no script, no colour and nothing from elsewhere.

Each page stands alone, style and all. A policy in it forbids scripts and anything from elsewhere,
should markup ever get through.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from ..model.reports import CriterionResult, Outcome, Report
from ..runner.cohort_records import Result, ResultStatus, Run, name_folder
from ..teaching.cohort_statistics import KataStatistics
from ..teaching.gradebooks import KataRows, Row, describe_handin, describe_problem, make_sort_key
from ..teaching.marks import Mark
from .pages import open_templates, read_style
from .terminal import find_obstacle, list_parts, select_parts, summarise

_GAP = 0.4
_LEAST = 0.8


def draw_bar(counts: Iterable[tuple[str, int]]) -> Markup:
    """Draw named counts as parts of one bar, in this order; a name is the class of its part.

    A part that is there can be seen however small, and parts differ by pattern, not by colour
    alone. Widths are in per cent.
    """
    present = [(name, count) for name, count in counts if count]
    total = sum(count for _, count in present)
    widths = [max(count / total * 100, _LEAST) for _, count in present]
    scale = (100 - _GAP * (len(widths) - 1)) / sum(widths) if widths else 0
    parts, start = [Markup()], 0.0
    for (name, _), width in zip(present, widths, strict=True):
        parts.append(_PART.format(start, width * scale, name))
        start += width * scale + _GAP
    return _BAR.format(Markup().join(parts))


def draw_histogram(counts: Sequence[int]) -> Markup:
    """Draw counts as columns, the first at the left; a count that is there can be seen."""
    most, width = max([1, *counts]), 100 / max(len(counts), 1)
    return _HISTOGRAM.format(
        Markup().join(
            _COLUMN.format(
                number * width + width * _COLUMN_GAP / 2,
                100 - (height := max(count / most * 100, 2.0) if count else 0.0),
                width * (1 - _COLUMN_GAP),
                height,
            )
            for number, count in enumerate(counts)
        )
    )


_COLUMN_GAP = 0.2
_COLUMN = Markup('<rect x="{:.2f}%" y="{:.2f}%" width="{:.2f}%" height="{:.2f}%"/>')
_HISTOGRAM = Markup('<svg class="histogram" aria-hidden="true">{}</svg>')
_PART = Markup('<rect x="{:.2f}%" width="{:.2f}%" height="100%" class="{}"/>')
_BAR = Markup('<svg class="bar" aria-hidden="true">{}</svg>')


@dataclass(frozen=True)
class CriterionFeedback:
    """One criterion; `parts` are the labels and texts of its finding."""

    criterion: CriterionResult
    parts: list[tuple[str, str]]


@dataclass(frozen=True)
class TaskFeedback:
    """A task of the README with its criteria."""

    number: int
    title: str
    criteria: list[CriterionFeedback]


@dataclass(frozen=True)
class Feedback:
    """All that is said of one student's work on one kata.

    `obstacle` holds the parts of the one finding for which nothing could be checked.
    """

    result: Result
    mark: Mark
    handin: str
    problem: str
    summary: str
    obstacle: list[tuple[str, str]]
    tasks: list[TaskFeedback]


def make_feedback(result: Result, mark: Mark) -> Feedback:
    """Put what is known of a result in reading order."""
    report = result.report
    if report is None or not report.criteria:
        handin, problem = describe_handin(result), describe_problem(result)
        return Feedback(result, mark, handin, problem, "", [], [])
    obstacle = find_obstacle(report.criteria)
    reason = list_parts(obstacle) if obstacle is not None else []
    return Feedback(
        result=result,
        mark=mark,
        handin=describe_handin(result),
        problem="",
        summary=summarise(report),
        obstacle=[("Reason" if label == "Seen" else label, text) for label, text in reason],
        tasks=_group_by_task(report, list(_list_criteria(report, silent=bool(reason)))),
    )


def _list_criteria(report: Report, *, silent: bool) -> Iterator[CriterionFeedback]:
    """Give the criteria by task; `silent` leaves findings out, which one obstacle explains."""
    sentences = {each.name: each.sentence for each in report.criteria}
    output = ""
    for criterion in sorted(report.criteria, key=lambda each: each.task):
        parts: list[tuple[str, str]] = []
        if not silent and criterion.outcome is Outcome.BLOCKED:
            parts.append(("Waits for", sentences.get(criterion.waits_for or "", "")))
        if not silent and criterion.finding is not None:
            parts += select_parts(criterion.finding, output)
            output = criterion.finding.output
        yield CriterionFeedback(criterion, parts)


def _group_by_task(report: Report, criteria: list[CriterionFeedback]) -> list[TaskFeedback]:
    titles = {each.task: each.task_title for each in report.criteria}
    return [
        TaskFeedback(number, titles[number], [c for c in criteria if c.criterion.task == number])
        for number in sorted(titles)
    ]


_SHORT_DIGEST = 12

STATUS_WORDS: Mapping[ResultStatus, str] = {
    status: status.value.replace("_", " ") for status in ResultStatus
}


def open_run_templates(run: Run) -> Environment:
    """Open the templates of pages about one run."""
    templates = open_templates(read_style("style.css"))
    templates.filters |= {
        "points": "{:g}".format,
        "signed": "{:+g}".format,
        "count": "{:,}".format,
        "short": lambda digest: digest[:_SHORT_DIGEST],
    }
    templates.globals |= {
        "run": run,
        "Outcome": Outcome,
        "Status": ResultStatus,
        "words": STATUS_WORDS,
        "outcomes": [(each, each) for each in Outcome],
        "draw_bar": draw_bar,
        "draw_histogram": draw_histogram,
    }
    return templates


def render_student(
    templates: Environment, student: str, feedback: Sequence[Feedback], *, alone: bool
) -> str:
    """Write the page of one student; `alone` it leads nowhere else."""
    page = templates.get_template("student.html")
    return page.render(student=student, feedback=feedback, alone=alone) + "\n"


class Site:
    """A folder of pages about one run: an overview, one page a kata and one a student."""

    def __init__(self, run: Run, folder: Path) -> None:
        self._folder = folder
        self._templates = open_run_templates(run)
        for name in ("students", "katas"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def write_student(self, results: Sequence[Result], marks: Sequence[Mark]) -> None:
        """Write the page of the student whose results these are."""
        student = results[0].student
        feedback = [make_feedback(*each) for each in zip(results, marks, strict=True)]
        text = render_student(self._templates, student, feedback, alone=False)
        self._keep(f"students/{name_folder(student)}.html", text)

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

    def write_kata(self, group: KataRows, statistics: KataStatistics) -> None:
        """Write the page of one kata: how each criterion went, and for whom."""
        counts = [group.count_outcomes(number) for number in range(len(group.kata.criteria))]
        page = f"katas/{group.kata.id}.html"
        self._write(page, "kata.html", group=group, counts=counts, statistics=statistics)

    def _write(self, page: str, template: str, **values: Any) -> None:
        self._keep(page, self._templates.get_template(template).render(values) + "\n")

    def _keep(self, page: str, text: str) -> None:
        (self._folder / page).write_text(text, "utf-8", newline="\n")
