"""Wrong apps of a suite are made by edits of the right one."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from dojo.grader import read_versions
from dojo.harness.failures import GraderFault

MUTANTS = """\
[[mutant]]
name = "removed_twice"
behaviour = "an item is removed once"

[[mutant.edits]]
file = "app/items.py"
old = "once"
new = "twice"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a file with one mutant."""
    written = tmp_path / "mutants.toml"
    written.write_text(MUTANTS, "utf-8")
    return written


def test_mutant_keeps_other_files(path: Path) -> None:
    """A mutant is the whole app with its edits."""
    (mutant,) = read_versions(path)

    made = mutant.apply({"app/main.py": "app", "app/items.py": "removed once"})

    assert made == {"app/main.py": "app", "app/items.py": "removed twice"}


def test_misfitting_mutant_is_a_fault(path: Path) -> None:
    """A mutant that does not fit the app any more is no fault of the learner's."""
    (mutant,) = read_versions(path)

    with pytest.raises(GraderFault, match="Version 'removed_twice': the `old` of an edit stands 0"):
        mutant.apply({"app/items.py": "removed"})


def test_unknown_keys_are_refused(path: Path) -> None:
    """A slip in the file shows at once."""
    path.write_text(MUTANTS.replace("behaviour", "behavior"), "utf-8")

    with pytest.raises(ValidationError, match="behavior"):
        read_versions(path)
