"""Trace lanes: where each moment of a trace stands, beside whatever lasts at that moment.

Both ways to draw a trace take their rows from here. A lane has a column for each span that is open
at the same time; it is free again once its span has ended.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from string import ascii_uppercase

from ..model.traces import Edge, Moment

MOST_COLUMNS = 8
"""Columns of one lane; spans for which there is no column are told in words alone."""

_SHARE = 5
"""Of the rows that are shown, one in so many is of the beginning."""

_FIRST = ("requests", "connections", "calls of the upstream", "mails")
_LAST = ("log", "loop", "clock")
"""Lanes at the left, where traffic comes in, and at the right, whatever comes first in time."""


class Cell(StrEnum):
    """What is drawn in one column of one row."""

    EMPTY = "empty"
    OPEN = "open"
    BEGIN = "begin"
    WITHIN = "within"
    END = "end"
    POINT = "point"
    OWNER = "owner"


@dataclass
class Lane:
    """A lane, the letter that stands for it, and its columns: the span of each, or nothing."""

    name: str
    letter: str
    columns: list[str] = field(default_factory=list)

    def place(self, moment: Moment) -> int | None:
        """Give the column of a moment; a span that begins takes the first that is free."""
        if moment.span in self.columns and moment.span:
            return self.columns.index(moment.span)
        if not moment.span:
            if not self.columns:
                self.columns.append("")
            return 0
        if "" in self.columns:
            column = self.columns.index("")
        elif len(self.columns) == MOST_COLUMNS:
            return None
        else:
            column = len(self.columns)
            self.columns.append("")
        if moment.edge is Edge.BEGIN:
            self.columns[column] = moment.span
        return column


@dataclass(frozen=True)
class Row:
    """One moment, its number from 1, and the cells of every lane."""

    number: int
    moment: Moment
    cells: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Layout:
    """The lanes from left to right, the rows, and the spans that are open after the last one."""

    lanes: Sequence[Lane]
    rows: Sequence[Row]
    open_spans: Sequence[str]

    @property
    def open_cells(self) -> Sequence[Sequence[Cell]]:
        """Give the cells of a row in which nothing happens, below the last one."""
        return [[Cell.OPEN if span else Cell.EMPTY for span in each.columns] for each in self.lanes]


def lay_out(moments: Sequence[Moment], most: int | None = None) -> Layout:
    """Place the moments; with `most`, give only so many rows: the first few and the last."""
    lanes = _make_lanes(moments)
    rows: list[Row] = []
    open_spans: dict[str, None] = {}
    for number, moment in enumerate(moments, 1):
        if moment.span and moment.edge is Edge.BEGIN:
            open_spans[moment.span] = None
        rows.append(Row(number, moment, _place(moment, lanes)))
        if moment.edge is Edge.END:
            open_spans.pop(moment.span, None)
    if most is not None and len(rows) > most:
        first = most // _SHARE
        rows = rows[:first] + rows[first - most :]
    return _trim(Layout(list(lanes.values()), rows, list(open_spans)))


def _make_lanes(moments: Iterable[Moment]) -> dict[str, Lane]:
    """Make a lane for each name, in order of appearance but for those with a fixed place."""
    names = list(dict.fromkeys(each.lane for each in moments if each.lane))
    names.sort(key=_rank)
    letters = iter(ascii_uppercase)
    return {name: Lane(name, next(letters, "?")) for name in names}


def _rank(name: str) -> tuple[int, str]:
    """Rank a lane; of requests to several instances, those to the first one come first."""
    for rank, first in enumerate(_FIRST):
        if name.startswith(first):
            return rank, name
    return (len(_FIRST) + 1 + _LAST.index(name) if name in _LAST else len(_FIRST)), ""


def _place(moment: Moment, lanes: dict[str, Lane]) -> list[list[Cell]]:
    """Give the cells of a row, and free the column of a span that ends with it."""
    lane = lanes.get(moment.lane)
    column = lane.place(moment) if lane is not None else None
    cells = [[_continue(span, moment.owner) for span in each.columns] for each in lanes.values()]
    if lane is None or column is None:
        return cells
    is_open = lane.columns[column] == moment.span != ""
    own = cells[list(lanes).index(lane.name)]
    own[column] = Cell(moment.edge.value) if is_open else Cell.POINT
    if moment.edge is Edge.END and is_open:
        lane.columns[column] = ""
    return cells


def _continue(span: str, owner: str) -> Cell:
    if not span:
        return Cell.EMPTY
    return Cell.OWNER if span == owner else Cell.OPEN


def _trim(layout: Layout) -> Layout:
    """Leave out what the rows that are shown do not need, and make them equally wide."""
    lanes, kept = [], []
    for index, lane in enumerate(layout.lanes):
        width = len(lane.columns)
        used = [
            column
            for column in range(width)
            if any(_read(row.cells[index], column) is not Cell.EMPTY for row in layout.rows)
        ]
        if used:
            lanes.append(Lane(lane.name, lane.letter, [lane.columns[each] for each in used]))
            kept.append((index, used))
    rows = [
        Row(
            row.number,
            row.moment,
            [[_read(row.cells[index], each) for each in used] for index, used in kept],
        )
        for row in layout.rows
    ]
    return Layout(lanes, rows, layout.open_spans)


def _read(cells: Sequence[Cell], column: int) -> Cell:
    return cells[column] if column < len(cells) else Cell.EMPTY


def describe_moment(moment: Moment) -> str:
    """Write a moment as one line, without the name of its span."""
    notes = [moment.owner] if moment.owner != moment.span else []
    notes += [f"{moment.count} times"] if moment.count > 1 else []
    notes += [f"{moment.rows} row{'' if moment.rows == 1 else 's'}"] if moment.rows else []
    listed = ", ".join(note for note in notes if note)
    return f"{moment.text} ({listed})" if listed else moment.text
