"""A trace in the terminal: lanes beside words, within 80 columns, without colour."""

import io

import pytest
from rich.cells import cell_len

from dojo.model.reports import Outcome
from dojo.model.traces import Edge, Moment, Trace
from dojo.output.terminal import open_console
from dojo.output.trace_lanes import MOST_COLUMNS, Cell, lay_out
from dojo.output.trace_text import MOST_ROWS, render_trace

from .samples import HOSTILE, make_criterion, make_failed
from .traces import make_requests, make_trace


def show(trace: Trace, *, everything: bool = False, encoding: str = "utf-8") -> str:
    """Write a trace as it looks in a pipe."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding)
    render_trace(trace, open_console(stream), everything=everything)
    stream.flush()
    return raw.getvalue().decode(encoding)


def test_session_goes_on_below_its_request() -> None:
    """The line of what lasts longer goes down to the mark."""
    assert show(make_trace()) == (
        "07_library: Lend books\n"
        "FAILED   Shelf is full.\n"
        "Note: Seed 5e.\n"
        "\n"
        "Lanes: A requests, B sessions, C log.\n"
        "\n"
        "      A  B  C\n"
        "   1  ┌        request 1: GET /orders/9\n"
        "   2  ┊  ┌     session 1: opened (request 1)\n"
        "   3  │  │     the partner is well again\n"
        "   4  ┊  │  ●  WARNING app: slow (request 1, 3 times)\n"
        "   5  └  │     request 1: answers 404\n"
        " ✗✗      │\n"
        " ✗✗   Here the expectation was not met.\n"
        "      Expected  status 200\n"
        "      Seen      status 404 Not Found\n"
        "      Not over  session 1\n"
    )


def test_plain_terminal_gets_plain_lanes() -> None:
    """An encoding without the signs of lines gets letters and bars."""
    text = show(make_trace(), encoding="ascii")

    assert "   2  :  ,     session 1: opened (request 1)\n" in text
    assert " XX      |\n" in text


def test_requests_wait_side_by_side() -> None:
    """Eight requests that are under way have a column each; a ninth is told in words."""
    layout = lay_out(make_requests(9))
    (lane,) = layout.lanes

    assert len(lane.columns) == MOST_COLUMNS
    assert layout.rows[7].cells == [[Cell.OPEN] * 7 + [Cell.BEGIN]]
    assert layout.rows[8].cells == [[Cell.OPEN] * 8]
    assert layout.open_spans[-1] == "request 9"


def test_column_is_used_again() -> None:
    """Requests that follow on each other need one column."""
    moments = [each for _ in range(3) for each in make_requests(1, ended=True)]
    layout = lay_out(moments)

    assert [row.cells for row in layout.rows] == [[[Cell.BEGIN]], [[Cell.END]]] * 3
    assert layout.open_spans == []


def test_middle_of_long_trace_is_left_out() -> None:
    """The beginning and the end are shown, and how to see the rest; nothing is renumbered."""
    moments = [Moment(lane="log", text=f"record {number}") for number in range(1, 101)]
    text = show(make_trace(moments))
    shown = [line for line in text.splitlines() if "record " in line]

    assert len(shown) == MOST_ROWS
    assert f"      ({100 - MOST_ROWS} moments are left out. `--all` shows them.)" in text
    assert (shown[0][:4], shown[-1][:4]) == ("   1", " 100")
    assert show(make_trace(moments), everything=True).count("record ") == 100


def test_long_moment_keeps_its_lanes() -> None:
    """What does not fit stands below, beside the lanes that go on, three lines at most."""
    moments = [*make_requests(2), Moment(lane="log", text="word " * 90)]
    lines = show(make_trace(moments)).splitlines()
    first = next(index for index, line in enumerate(lines) if line.startswith("   3"))

    assert [line[:10] for line in lines[first : first + 4]] == [
        "   3  │ │ ",
        "      │ │ ",
        "      │ │ ",
        " ✗✗   │ │",
    ]
    assert lines[first + 2].endswith("…")


@pytest.mark.parametrize("text", [HOSTILE, "आदित्य 👩‍🚀 " * 60, "x" * 400])
def test_terminal_shows_hostile_text_harmlessly(text: str) -> None:
    """No escape reaches the terminal, and no line is wider than the page."""
    moments = [Moment(lane="log", span=text, text=text, edge=Edge.BEGIN), *make_requests(8)]
    shown = show(make_trace(moments, make_failed(seen=text)))

    assert shown.replace("\n", "").isprintable()
    assert max(map(cell_len, shown.splitlines())) <= 80


def test_nothing_sent_is_said() -> None:
    """An app that was never asked has no lanes, and the reason stands below."""
    text = show(make_trace([], make_failed(kind="import", seen="No module named 'a'.")))

    assert "\nNothing was sent to the app.\n" in text
    assert "      Seen      No module named 'a'.\n" in text


def test_passed_criterion_ends_well() -> None:
    """A criterion that passed has a mark of its own, and nothing was expected in vain."""
    text = show(make_trace(result=make_criterion(Outcome.PASSED)))

    assert " ✓✓   Here the last expectation was met.\n" in text
    assert "Expected" not in text
