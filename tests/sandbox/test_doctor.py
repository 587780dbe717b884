"""The doctor says of each mode whether it holds, what leaks and what helps."""

import io

from dojo.output.instructor_pages import render_choice, render_examination
from dojo.output.terminal import open_console
from dojo.runner.sandbox import Examination, Mode


def show(examination: Examination, *advice: str) -> str:
    """Render an examination as in a pipe, its lines joined."""
    page = io.StringIO()
    render_examination(examination, advice, open_console(page))
    assert max(map(len, page.getvalue().splitlines())) <= 80
    return " ".join(page.getvalue().split())


def test_holding_mode_is_counted() -> None:
    """What was tried is counted, and what is not promised is told."""
    text = show(Examination(Mode.NO_BWRAP, {"read_files": "", "fill_disk": "wrote 96 MiB"}))

    assert text == (
        "no-bwrap holds: 1 of 2 attacks are prevented. "
        "This mode does not prevent: attacks wrote 96 MiB."
    )


def test_leak_is_told() -> None:
    """A promise that is not kept is the first thing to read."""
    text = show(Examination(Mode.FULL, {"read_files": "read 'secret.txt'"}))

    assert text.startswith("full does not hold: ")
    assert "A leak: an attack read 'secret.txt'." in text


def test_problem_comes_with_advice() -> None:
    """A mode that cannot be tried says why, and what may help."""
    text = show(Examination(Mode.FULL, problem="No `bwrap`."), "Install it.")

    assert text == "full not here: No `bwrap`. Install it."


def test_refusal_is_announced() -> None:
    """Whoever has no mode for strangers learns it before grading."""
    page = io.StringIO()
    render_choice(Mode.BASIC, open_console(page))

    assert "It stops, unless you say that you trust the submissions." in " ".join(
        page.getvalue().split()
    )
