"""What the product prints works for somebody who has only nox."""

import re
from pathlib import Path

import pytest

from dojo.__main__ import COMMANDS

from .conftest import Dojo

ROOT = Path(__file__).parents[2]
BARE = re.compile(rf"`dojo (?:{'|'.join(COMMANDS)})\b[^`]*`")
SESSION = re.compile(r"\bnox -s (\w+)")
DEFINED = re.compile(r"^def (\w+)\(session: nox\.Session\)", re.MULTILINE)


def read_texts() -> dict[Path, str]:
    """Read all of the engine and the pages that people read."""
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    engine = [path for path in (ROOT / "src").rglob("*") if path.suffix in (".py", ".md", ".sh")]
    return {path: path.read_text("utf-8") for path in (*engine, *pages)}


def test_commands_are_printed_as_sessions() -> None:
    """`dojo` itself is not on the path of somebody who has only nox."""
    found = {str(path): BARE.findall(text) for path, text in read_texts().items()}

    assert {path: commands for path, commands in found.items() if commands} == {}


def test_printed_sessions_exist() -> None:
    """What is named after `nox -s` is in the menu."""
    defined = set(DEFINED.findall((ROOT / "noxfile.py").read_text("utf-8")))
    sessions = defined - {"list_katas", "recommend"} | {"list", "next"}
    named = {name for text in read_texts().values() for name in SESSION.findall(text)}

    assert named - sessions == set()


def test_usage_is_a_session(dojo: Dojo, capsys: pytest.CaptureFixture[str]) -> None:
    """Who calls a command wrongly reads how to call it."""
    with pytest.raises(SystemExit):
        dojo("check", "--bogus")

    assert capsys.readouterr().err.startswith("usage: nox -s check -- [-h] ")
