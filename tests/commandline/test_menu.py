"""nox is called from where people stand, and wrong calls of it are answered with the right one."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dojo.learning.exercises import KATA_NOXFILE
from dojo.menu import answer_misplaced

from .conftest import Dojo

ROOT = Path(__file__).parents[2]
SESSIONS = ("check", "list", "compatibility")


@pytest.mark.parametrize(
    ("call", "right"),
    [
        ("-s check 01", "nox -s check -- 01"),
        ("--session check 01 03", "nox -s check -- 01 03"),
        ("-R -s check 01 -- --show first", "nox -s check -- 01 --show first"),
    ],
)
def test_missing_dashes_are_put_in(call: str, right: str) -> None:
    """What is for the session, and was given to nox, is moved behind `--`."""
    answer = answer_misplaced(call.split(), SESSIONS)

    assert answer is not None
    assert answer.endswith(f"Write `--` before it: `{right}`")


@pytest.mark.parametrize(
    "call",
    ["", "-l", "-s check", "-s check -- 01", "-s check list", "-s compatibility-3.12", "-s no"],
)
def test_right_calls_pass(call: str) -> None:
    """nox itself answers all other calls, also that of a session that does not exist."""
    assert answer_misplaced(call.split(), SESSIONS) is None


def test_answer_comes_from_nox() -> None:
    """The call ends with one line and the status of a wrong call."""
    ended = call_nox(ROOT, "-s", "check", "01")

    assert ended.returncode == 2
    assert ended.stderr == "nox has no session '01'. Write `--` before it: `nox -s check -- 01`\n"


def test_menu_comes_in_groups() -> None:
    """The commands to begin with come first, then sessions for learners, teachers and authors."""
    menu = call_nox(ROOT, "-l").stdout

    tags = [
        line.split("[")[1].split("]")[0] for line in menu.splitlines() if line[:2] in ("- ", "* ")
    ]
    assert menu.index("nox -s check -- 01") < menu.index("Sessions defined")
    assert list(dict.fromkeys(tags)) == ["learn", "teach", "author"]
    assert tags == sorted(tags, key=["learn", "teach", "author"].index)


def test_folder_of_kata_has_menu() -> None:
    """In the folder of a kata nox offers what learners need, and nothing else."""
    menu = call_nox(ROOT / "exercises" / "01_first_api", "-l").stdout

    assert "- check [learn]" in menu
    assert "[author]" not in menu


def test_folder_names_its_kata(
    dojo: Dojo, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the folder of a kata, and below it, commands are about this kata unless one is named."""
    monkeypatch.chdir(repository / "exercises" / "08_farewell" / "app")

    here, named = dojo("hint").out, dojo("hint", "07").out

    assert here.startswith("08_farewell, task 1")
    assert named.startswith("07_greeting, task 1")


def test_folder_checks_its_kata(dojo_process: Dojo, repository: Path) -> None:
    """`check` grades the kata of the folder alone; in the top folder it grades all."""
    elsewhere = repository / "exercises" / "08_farewell"

    ended = dojo_process("check", cwd=elsewhere)

    assert ended.out.startswith("08_farewell")
    assert "07_greeting" not in ended.out


def test_noxfile_of_kata_leads_to_top(tmp_path: Path) -> None:
    """The noxfile in the folder of a kata runs the one of the top folder."""
    kata = tmp_path / "exercises" / "07_greeting"
    kata.mkdir(parents=True)
    shutil.copy(KATA_NOXFILE, kata / "noxfile.py")
    (tmp_path / "noxfile.py").write_text("print('from the top')\n", "utf-8")

    assert call_nox(kata, "-l").stdout.startswith("from the top")


def call_nox(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Call nox in a folder as people do."""
    command = [sys.executable, "-m", "nox", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
