"""Feedback texts: one student's feedback as Markdown, for comments, mails and editors.

What a submission or its author wrote stands in code blocks or is escaped.
"""

import re
from collections.abc import Iterator, Sequence

from ..model.reports import Outcome
from ..teaching.marks import Mark
from .site import STATUS_WORDS, CriterionFeedback, Feedback

_SPECIAL = re.compile(r"([\\*_\[\]<>#|~])")
_TICKS = re.compile(r"`+")


def render_markdown(student: str, name: str, feedback: Sequence[Feedback]) -> str:
    """Write the feedback of one student on a run of this name."""
    lines = [f"# Feedback for {escape(student)}", "", escape(name), ""]
    for each in feedback:
        lines += _list_kata(each)
    return "\n".join(lines).rstrip() + "\n"


def escape(text: str) -> str:
    """Write a text so that Markdown takes nothing in it for a sign but code in backticks."""
    parts = re.split(r"(`[^`\n]+`)", text)
    return "".join(
        part if number % 2 else _SPECIAL.sub(r"\\\1", part) for number, part in enumerate(parts)
    )


def _list_kata(feedback: Feedback) -> Iterator[str]:
    result = feedback.result
    yield f"## {escape(result.title)}"
    yield ""
    verdict = f"**{STATUS_WORDS[result.status].capitalize()}.** {feedback.summary}".rstrip()
    yield verdict
    yield ""
    yield from _list_points(feedback.mark)
    for text in (feedback.problem, *(result.report.notices if result.report else ())):
        if text:
            yield f"> {escape(text)}"
            yield ""
    if feedback.obstacle:
        yield "Nothing could be checked."
        yield ""
        yield from _list_parts(feedback.obstacle, "")
    for task in feedback.tasks:
        yield f"### Task {task.number}" + (f": {escape(task.title)}" if task.title else "")
        yield ""
        for criterion in task.criteria:
            yield from _list_criterion(criterion)
        yield ""


def _list_points(mark: Mark) -> Iterator[str]:
    if mark.points is not None:
        yield f"Points: {mark.points:g} of {mark.possible:g}."
    if mark.adjustments and mark.earned is not None:
        yield f"Earned: {mark.earned:g}."
    for adjustment in mark.adjustments:
        yield f"- {adjustment.points:+g}: {escape(adjustment.reason)}"
    for comment in mark.comments:
        yield f"- {escape(comment)}"
    yield ""


def _list_criterion(feedback: CriterionFeedback) -> Iterator[str]:
    criterion = feedback.criterion
    yield f"- **{criterion.outcome}** {escape(criterion.sentence)}"
    if criterion.outcome is not Outcome.PASSED and feedback.parts:
        yield ""
        yield from _list_parts(feedback.parts, "  ")


def _list_parts(parts: Sequence[tuple[str, str]], indent: str) -> Iterator[str]:
    text = "\n".join(f"{label or 'Before'}: {part}" for label, part in parts)
    fence = "`" * max([3, *(len(each) + 1 for each in _TICKS.findall(text))])
    yield f"{indent}{fence}text"
    for line in text.split("\n"):
        yield f"{indent}{line}"
    yield f"{indent}{fence}"
    yield ""
