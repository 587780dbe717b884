"""Where nothing can be written, or Python leaves out half of a program, the verdict comes."""

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Dojo


@pytest.fixture
def unwritable(repository: Path) -> Path:
    """Put a file where the learner's state would be: like a full disk, it takes no folder."""
    (repository / ".dojo").write_text("", "utf-8")
    return repository


def test_verdict_needs_no_state(dojo_process: Dojo, unwritable: Path) -> None:
    """`check` grades, and says in one line that progress was not kept."""
    ended = dojo_process("check", "07")

    assert "1 of 2 criteria passed." in ended.out
    assert ended.out.count("Your progress was not kept in '.dojo': Not a directory.") == 1
    assert (ended.code, ended.err) == (1, "")
    assert unwritable.joinpath(".dojo").is_file()


@pytest.mark.usefixtures("unwritable")
def test_hint_needs_no_state(dojo: Dojo) -> None:
    """A hint is shown although it cannot be remembered."""
    ended = dojo("hint", "07")

    assert "Where does the name" in ended.out
    assert "Your progress was not kept in '.dojo': Not a directory." in ended.out


@pytest.mark.usefixtures("unwritable")
@pytest.mark.parametrize("command", ["swap", "reset", "serve"])
def test_what_needs_state_says_so(dojo: Dojo, command: str) -> None:
    """A command that would have to keep something ends with a sentence, and changes nothing."""
    ended = dojo(command, "07")

    assert ended.code == 2
    assert "Not a directory" in ended.err or "exists" in ended.err
    assert "then run the" in " ".join(ended.err.split())


@pytest.mark.parametrize("option", ["-O", "-OO"])
def test_optimized_python_grades_all_the_same(repository: Path, option: str) -> None:
    """Without docstrings and `assert` there would be no criterion, so Python is started again."""
    ended = subprocess.run(
        [sys.executable, option, "-m", "dojo", "check", "07"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert "1 of 2 criteria passed." in ended.stdout
    assert (ended.returncode, ended.stderr) == (1, "")
