"""Statistics tables: how the katas of a cohort went, a figure a line.

Apart from the other documents, which a handout writes too: it has no known answers.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..teaching.cohort_statistics import KataStatistics
from ..teaching.gradebooks import KataRows
from .documents import defuse, write_points

_STATISTICS = ("kata", "figure", "value", "what it is about")


def write_statistics(katas: Sequence[tuple[KataRows, KataStatistics]], path: Path) -> None:
    """Write how each kata went, a figure a line, as the gradebook is written."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_MINIMAL)
        writer.writerow(_STATISTICS)
        for group, found in katas:
            for figure, value, about in _list_figures(found):
                writer.writerow([defuse(group.kata.id), figure, value, defuse(about)])


def _list_figures(found: KataStatistics) -> Iterator[tuple[str, str, str]]:
    yield "with points", f"{found.graded}", ""
    yield "mean", write_points(found.mean), ""
    yield "median", write_points(found.median), ""
    for number, count in enumerate(found.histogram):
        yield "histogram", f"{count}", f"{number * 10} to {number * 10 + 10} %"
    for criterion, missed in found.hardest:
        yield "not passed", f"{missed}", criterion.name
    for likeness in found.likenesses:
        yield "alike", f"{len(likeness.students)}", " | ".join(likeness.reasons)
