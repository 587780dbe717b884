"""The page on security names every case, and says truly which mode stops it."""

import re
from pathlib import Path

from dojo.runner.sandbox import Mode

from .corpus import list_cases

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
CASES = [case for case in list_cases() if not case.name.startswith("cheat_")]


def read_names(heading: str) -> set[str]:
    """Give what is set as code below a heading of the page."""
    _, _, rest = PAGE.read_text("utf-8").partition(f"\n## {heading}\n")
    return set(re.findall(r"`(\w+)`", rest.partition("\n## ")[0]))


def test_every_case_is_named() -> None:
    """A reader finds each case with its family, or among the things that nobody stops."""
    named = read_names("How it is tested") | read_names("What no mode promises")

    assert {case.name for case in CASES} <= named


def test_holes_of_basic_are_told() -> None:
    """What `basic` does not stop is listed, and nothing else."""
    through = {case.name for case in CASES if Mode.BASIC not in case.file.stopped_by}
    listed = read_names("What `basic` does not stop") - {"basic", "full"}

    assert listed == through - read_names("What no mode promises")


def test_no_bwrap_lets_one_through() -> None:
    """The one thing that `no-bwrap` lets through beyond `full` is told."""
    beyond = {
        case.name
        for case in CASES
        if Mode.FULL in case.file.stopped_by and Mode.NO_BWRAP not in case.file.stopped_by
    }

    assert beyond == {"many_files"}
