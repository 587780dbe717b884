"""`tutor` writes a prompt for an assistant, with the report on the work as it is now."""

from pathlib import Path

import pytest

from .conftest import SOLUTION, Dojo


@pytest.fixture
def statement(repository: Path) -> str:
    """Give a kata its statement, in which code stands between backticks."""
    text = "# Greet by name\n\n## 1. Greet\n\n```\ncurl x\n```\n\n````\n```\n````\n"
    (repository / "exercises/07_greeting/README.md").write_text(text)
    return text


def test_prompt_is_written_to_standard_output(dojo_process: Dojo, statement: str) -> None:
    """Statement, files and the failing report stand in it, each between marks that hold."""
    ended = dojo_process("tutor", "07")

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("# Be my tutor\n")
    assert f"`````markdown\n{statement}`````\n" in ended.out
    assert "## app/main.py\n\n```python\nimport json\n" in ended.out
    assert "FAILED   The greeting holds the name." in ended.out
    assert ended.out.endswith("# Hints that I have read\n\nNone.\n")


def test_prompt_holds_hints_that_were_read(dojo: Dojo, statement: str) -> None:
    """A hint is there once it was read, and no hint after it; the check is not remembered."""
    del statement
    dojo("hint", "07")
    before = dojo("list").out

    ended = dojo("tutor", "07")

    assert "Task 1, hint 1:\n\nWhere does the name\ncome from?" in ended.out
    assert "Braces." not in ended.out
    assert dojo("list").out == before


def test_prompt_is_written_to_a_file(dojo: Dojo, repository: Path, statement: str) -> None:
    """With `--to` nothing is printed; a folder that is missing is told."""
    del statement
    written, refused = dojo("tutor", "07", "--to", "a.md"), dojo("tutor", "07", "--to", "no/a.md")

    assert (written.code, written.out) == (0, "")
    assert (repository / "a.md").read_text("utf-8").startswith("# Be my tutor\n")
    assert refused.code == 2
    assert refused.err.startswith("The prompt cannot be written: 'no/a.md': No such file")


def test_swapped_solution_is_not_told(dojo: Dojo, repository: Path, statement: str) -> None:
    """While `app/` holds the solution there is no prompt, for it would give that away."""
    del statement
    (repository / "exercises/07_greeting/app/main.py").write_text("own = 1\n")
    dojo("swap", "07")

    ended = dojo("tutor", "07")

    assert ended.code == 2
    assert "holds the solution" in ended.err
    assert "`nox -s swap -- 07 --back`" in ended.err
    assert SOLUTION not in ended.out
