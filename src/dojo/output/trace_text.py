"""Trace text: a trace in a terminal, one moment a row beside the lanes that last.

It shows no more than the moments and the criterion's own finding, which the report shows too.
"""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.text import Text

from ..model.reports import Outcome
from ..model.traces import Trace
from .terminal import list_parts, print_cropped, print_hanging
from .trace_lanes import Cell, Layout, Row, describe_moment, lay_out

MOST_ROWS = 40
"""Rows that a terminal shows unless it is asked for all."""

_MOST_LINES = 3
"""Lines of one row."""

MARKS = {
    Outcome.FAILED: "Here the expectation was not met.",
    Outcome.ERROR: "Here the app could not be asked any further.",
    Outcome.BLOCKED: "Here the criterion was given up.",
    Outcome.PASSED: "Here the last expectation was met.",
}
"""What is said at the end of a trace, where the verdict was found."""

_UNTOLD = ("Did", "Then", "Output")
"""Parts of a finding that the moments tell already."""

_GLYPHS = {
    Cell.EMPTY: " ",
    Cell.OPEN: "│",
    Cell.BEGIN: "┌",
    Cell.WITHIN: "├",
    Cell.END: "└",
    Cell.POINT: "●",
    Cell.OWNER: "┊",
}
_PLAIN = str.maketrans("│┌├└●┊✗✓", "|,+'*:Xv")
"""What takes the place of a glyph where the terminal's encoding lacks it."""

_STYLES = {Outcome.PASSED: "green", Outcome.BLOCKED: "yellow"}


def render_trace(
    trace: Trace,
    console: Console,
    *,
    everything: bool = False,
    locate: Callable[[str], str] = str,
) -> None:
    """Write a trace; without `everything`, only the first rows and the last.

    `locate` writes the path of a file of the submission.
    """
    layout = lay_out(trace.moments, None if everything else MOST_ROWS)
    console.print(Text(f"{trace.kata}: {trace.title}", style="bold"))
    label = Text(f"{trace.result.outcome.upper():<9}", style=_style(trace))
    print_hanging(label, trace.result.sentence, console)
    for notice in trace.notices:
        print_hanging(Text("Note: "), notice, console)
    console.print()
    if layout.rows:
        _render_rows(layout, console)
    else:
        console.print("Nothing was sent to the app.")
    _render_mark(trace, layout, console)
    _render_told(trace, locate, console)


def _style(trace: Trace) -> str:
    return _STYLES.get(trace.result.outcome, "bold red")


def _render_rows(layout: Layout, console: Console) -> None:
    names = ", ".join(f"{lane.letter} {lane.name}" for lane in layout.lanes)
    print_hanging(Text("Lanes: "), f"{names}.", console)
    console.print()
    _print_line(" " * 6 + _write_heads(layout), console)
    expected = 1
    for row in layout.rows:
        if row.number > expected:
            left_out = f"({row.number - expected} moments are left out. `--all` shows them.)"
            console.print(f"      {left_out}")
        _render_row(row, console)
        expected = row.number + 1


def _write_heads(layout: Layout) -> str:
    return "  ".join(
        f"{lane.letter:<{2 * len(lane.columns) - 1}}" for lane in layout.lanes
    ).rstrip()


def _write_cells(cells: Sequence[Sequence[Cell]]) -> str:
    return "  ".join(" ".join(_GLYPHS[cell] for cell in lane) for lane in cells)


def _render_row(row: Row, console: Console) -> None:
    """Write a row; what does not fit goes on below it, beside the lanes that go on."""
    start = f"{row.number:>4}  {_write_cells(row.cells)}  "
    below = [[_continue(cell) for cell in lane] for lane in row.cells]
    space = " " * 6 + _write_cells(below) + "    "
    span = f"{row.moment.span}: " if row.moment.span else ""
    text = Text(f"{span}{describe_moment(row.moment)}", overflow="fold")
    width = max(console.width - len(space), 20)
    lines = text.wrap(console, width)
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES - 1].truncate(width - 1)
        lines[_MOST_LINES - 1].rstrip()
        lines[_MOST_LINES - 1].append("…")
    for number, line in enumerate(list(lines)[:_MOST_LINES]):
        line.rstrip()
        _print_line(f"{start if number == 0 else space}{line.plain}", console)


def _continue(cell: Cell) -> Cell:
    """Give what stands below a cell on the next line of the same row."""
    return Cell.EMPTY if cell in (Cell.EMPTY, Cell.END, Cell.POINT) else Cell.OPEN


def _print_line(line: str, console: Console, style: str = "") -> None:
    if not console.encoding.lower().startswith("utf"):
        line = line.translate(_PLAIN)
    console.print(Text(line.rstrip(), style=style), soft_wrap=True)


def _render_mark(trace: Trace, layout: Layout, console: Console) -> None:
    sign = "✓" if trace.result.outcome is Outcome.PASSED else "✗"
    _print_line(f" {sign}{sign}   {_write_cells(layout.open_cells)}", console, _style(trace))
    _print_line(f" {sign}{sign}   {MARKS[trace.result.outcome]}", console, _style(trace))


def _render_told(trace: Trace, locate: Callable[[str], str], console: Console) -> None:
    for label, text in list_told(trace, locate):
        start = Text(f"      {label:<10}")
        print_part = print_cropped if label == "Where" else print_hanging
        print_part(start, text, console)


def list_told(trace: Trace, locate: Callable[[str], str] = str) -> list[tuple[str, str]]:
    """Give what is said at the mark, by label: what the report says, and what is still open."""
    parts = list_parts(trace.result.finding, locate) if trace.result.finding is not None else []
    told = [(label, text) for label, text in parts if label not in _UNTOLD]
    spans = lay_out(trace.moments, 1).open_spans
    return [*told, ("Not over", f"{', '.join(spans)}")] if spans else told
