"""The corpus is known to bite: a naive grader, which imports the submission, falls for it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from .corpus import Case, Trust, list_cases

CHECKS = Path(__file__).parent / "naive" / "checks.py"
HONEST_WRONG = "from fastapi import FastAPI\n\napp = FastAPI()\n"
CHEATS: dict[str, tuple[Trust, ...]] = {
    "cheat_exit_at_import": ("exit",),
    "cheat_exit_in_request": ("exit",),
    "cheat_exit_hook": ("exit",),
    "cheat_patched_pytest": ("exit", "text", "junit"),
    "cheat_planted_configuration": ("exit",),
}
"""What the generic cheats forge, which have no `case.toml`."""

FOOLING = [
    (case, case.file.fools or CHEATS[case.name])
    for case in list_cases()
    if case.file.fools or case.name in CHEATS
]
NOTHING: dict[str, object] = {"TEMP": "nowhere", "REPOSITORY": "nowhere", "MARK": "read"}


def grade_naively(folder: Path) -> set[str]:
    """Run pytest in the submission's folder; give what then says that everything passed."""
    tests = folder / "tests"
    tests.mkdir(exist_ok=True)
    shutil.copyfile(CHECKS, tests / "test_checks.py")
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir=.", "--junitxml=report.xml"]
    run = subprocess.run(
        [*command, "tests"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    found = {"exit"} if run.returncode == 0 else set()
    if re.search(r"^=* ?\d+ passed(?!.*failed)", run.stdout, re.MULTILINE):
        found.add("text")
    if (folder / "report.xml").is_file():
        suite = ElementTree.parse(folder / "report.xml").getroot().find("testsuite")
        assert suite is not None
        if suite.get("tests") != "0" and suite.get("failures") == suite.get("errors") == "0":
            found.add("junit")
    return found


@pytest.mark.slow_hostile
@pytest.mark.parametrize(
    ("case", "fools"), [pytest.param(*pair, id=pair[0].name) for pair in FOOLING]
)
def test_naive_grader_is_fooled(case: Case, fools: tuple[Trust, ...], tmp_path: Path) -> None:
    """What a case claims to forge, it does forge where the grader imports it."""
    other = tmp_path / "other_student" / "app" / "main.py"
    other.parent.mkdir(parents=True)
    other.write_text((Path(__file__).parent / "naive" / "right.py").read_text())
    folder = case.lay_out(tmp_path / "submission", NOTHING)

    assert grade_naively(folder) >= set(fools)


@pytest.mark.slow_hostile
@pytest.mark.parametrize("right", [False, True], ids=["wrong", "right"])
def test_naive_grader_judges_honest_work(right: bool, tmp_path: Path) -> None:
    """Where nobody cheats, the naive grader is right: that is why it is believed."""
    main = tmp_path / "app" / "main.py"
    main.parent.mkdir()
    text = (Path(__file__).parent / "naive" / "right.py").read_text() if right else HONEST_WRONG
    main.write_text(text)

    assert grade_naively(tmp_path) == ({"exit", "text", "junit"} if right else set())
