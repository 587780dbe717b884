"""A fault of ours is one sentence: no traceback, no file of the engine or of a grader."""

import re
from pathlib import Path

import pytest

from dojo.__main__ import COMMANDS
from dojo.commandline import overview_commands

from .conftest import Dojo

OURS = re.compile(r"Traceback|\.py\b|RuntimeError|site-packages")


@pytest.fixture
def broken_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `list` fail as no one expects."""

    def fail(arguments: object) -> int:
        raise RuntimeError(f"not expected: {arguments}")

    monkeypatch.setattr(overview_commands, "run_list", fail)


@pytest.mark.usefixtures("broken_list")
def test_unexpected_error_is_one_sentence(dojo: Dojo, repository: Path) -> None:
    """The learner reads that it is not their fault, and which file to report."""
    ended = dojo("list")

    kept = next((repository / ".dojo/faults").iterdir())
    assert ended.code == 3
    assert ended.err == (
        "'list' failed because of an error in this program, not in your work. "
        f"Please report it, with the details in '.dojo/faults/{kept.name}'.\n"
    )
    assert not OURS.search(ended.out + ended.err)


@pytest.mark.usefixtures("broken_list")
def test_details_are_kept(dojo: Dojo, repository: Path) -> None:
    """The file holds the traceback that a maintainer needs."""
    dojo("list")

    kept = next((repository / ".dojo/faults").iterdir()).read_text("utf-8")
    assert "Traceback" in kept
    assert "RuntimeError: not expected" in kept


@pytest.mark.usefixtures("broken_list")
def test_details_find_another_folder(
    dojo: Dojo,
    repository: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where `.dojo` cannot be written, details go to a temporary folder, which is named."""
    (repository / ".dojo").write_text("not a folder")
    other = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(other))

    ended = dojo("list")

    named = re.search(r"the details in '(.*)'", ended.err)
    assert named is not None
    assert Path(named[1]).is_relative_to(other)
    assert "Traceback" in Path(named[1]).read_text("utf-8")


def test_grader_fault_shows_no_grader(dojo_process: Dojo, repository: Path) -> None:
    """Of a broken grader the terminal shows no line; the file that is named has them."""
    grader = repository / "graders/07_greeting/test_greeting.py"
    grader.write_text(grader.read_text().replace("expect(await", "nonsense(await"))

    ended = dojo_process("check", "07")

    kept = next((repository / ".dojo/faults").iterdir())
    assert ended.code == 3
    assert f"'.dojo/faults/{kept.name}'" in ended.out
    assert not OURS.search(ended.out + ended.err)
    assert "NameError" in kept.read_text("utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_broken_description_is_no_traceback(dojo: Dojo, repository: Path, command: str) -> None:
    """A kata that cannot be read ends each command with a sentence."""
    (repository / "exercises/07_greeting/kata.toml").write_bytes(b"\xff\xfe")

    try:
        ended = dojo(command, *(["07"] if command not in ("list", "doctor") else []))
    except SystemExit:  # called wrongly: argparse has said so
        return

    assert "Traceback" not in ended.err
