"""Markdown becomes text that is read in 80 columns."""

import pytest

from dojo.output.terminal import open_console, render_text

LONG = "word " * 20


def render(text: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Render a text as in a pipe; give its lines."""
    render_text(text, open_console())
    return capsys.readouterr().out.splitlines()


def test_paragraph_lines_are_joined(capsys: pytest.CaptureFixture[str]) -> None:
    """A paragraph is wrapped anew, whatever its lines were."""
    lines = render(f"one\ntwo\n{LONG}\n\nthree", capsys)

    assert lines[0].startswith("one two word")
    assert max(map(len, lines)) <= 80
    assert lines[-2:] == ["", "three"]


@pytest.mark.parametrize("label", ["- ", "12. ", "> "])
def test_items_hang_below_their_label(label: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The second line of an item stands below the words of the first."""
    first, second = render(f"{label}{LONG}", capsys)

    assert first.startswith(f"{label}word")
    assert second.startswith(" " * len(label) + "word")


@pytest.mark.parametrize(
    "code",
    ["```\na  =  1\n\n    b\n```", "    a  =  1\n      b", "| a | b |\n| - | - |", "## 1. Title"],
    ids=["fence", "indented", "table", "heading"],
)
def test_code_keeps_its_shape(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is joined or wrapped where line ends mean something."""
    lines = render(f"before\n\n{code}\n\nafter", capsys)

    assert lines == ["before", "", *code.splitlines(), "", "after"]
