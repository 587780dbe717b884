"""Trace page: a trace as one page for a browser, which needs no script and nothing from elsewhere.

The moments are an ordered list; the drawing stands beside it, piece by piece, and is left out when
the page is read aloud.
"""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from ..model.traces import Trace
from .pages import open_templates, read_style
from .trace_lanes import Cell, Layout, Row, describe_moment, lay_out
from .trace_text import MARKS, list_told

MOST_ROWS = 2000
"""Moments on a page; where there are more, the first few and the last are shown."""

_STEP, _GAP = 14, 10
"""Pixels of a column, and of the space between two lanes; a narrow screen shrinks both."""

_COLOURS = 6
_HEIGHT = 13
"""Pixels from the top of a row to the middle of its first line."""

_LINE = Markup('<line x1="{x}" x2="{x}" y1="{top}" y2="{bottom}" class="c{colour}"/>')
_DOT = Markup('<circle cx="{x}" cy="{height}" r="{radius}" class="c{colour} {kind}"/>')
_DRAWING = Markup('<svg aria-hidden="true" focusable="false">{}</svg>')
_RADII = {Cell.OWNER: 2, Cell.POINT: 4}


def write_page(trace: Trace) -> str:
    """Write the page of a trace."""
    layout = lay_out(trace.moments, MOST_ROWS)
    places = list(_place_columns(layout))
    total = places[-1][-1] + _STEP if places else 0
    style = read_style("style.css") + read_style("trace.css")
    templates = open_templates(f"{style}\n:root {{ --gutter: {total}; }}\n")
    templates.filters["describe"] = describe_moment
    return templates.get_template("trace.html").render(
        trace=trace,
        lanes=[(lane, number % _COLOURS) for number, lane in enumerate(layout.lanes)],
        rows=list(_list_rows(layout, places, total)),
        mark=MARKS[trace.result.outcome],
        mark_drawing=_draw(layout.open_cells, places, total),
        told=list_told(trace),
    )


def _list_rows(
    layout: Layout, places: Sequence[Sequence[int]], total: int
) -> Iterator[tuple[int, Row, Markup]]:
    """Give the rows, how many moments are left out before each, and its drawing."""
    expected = 1
    for row in layout.rows:
        yield row.number - expected, row, _draw(row.cells, places, total)
        expected = row.number + 1


def _place_columns(layout: Layout) -> Iterator[Sequence[int]]:
    """Give the left edge of each column of each lane, in pixels of a wide screen."""
    start = 0
    for lane in layout.lanes:
        yield [start + _STEP * column for column in range(len(lane.columns))]
        start += _STEP * len(lane.columns) + _GAP


def _draw(cells: Sequence[Sequence[Cell]], places: Sequence[Sequence[int]], total: int) -> Markup:
    """Draw the lanes beside one row, in shares of the width that they have there."""
    parts = [
        _draw_cell(cell, f"{(left + _STEP / 2) / total:.2%}", number % _COLOURS)
        for number, (lane, lefts) in enumerate(zip(cells, places, strict=True))
        for cell, left in zip(lane, lefts, strict=True)
    ]
    return _DRAWING.format(Markup().join(parts))


def _draw_cell(cell: Cell, x: str, colour: int) -> Markup:
    if cell is Cell.EMPTY:
        return Markup()
    top = _HEIGHT if cell is Cell.BEGIN else 0
    bottom = _HEIGHT if cell is Cell.END else "100%"
    line = _LINE.format(x=x, top=top, bottom=bottom, colour=colour)
    if cell is Cell.OPEN:
        return line
    dot = _DOT.format(
        x=x, height=_HEIGHT, radius=_RADII.get(cell, 4.5), colour=colour, kind=cell.value
    )
    return dot if cell is Cell.POINT else line + dot
