"""Generated files are current."""

from pathlib import Path

from dojo.commandline.author_commands import find_stale

ROOT = Path(__file__).parent.parent


def test_generated_files_are_current() -> None:
    """The table and the output in the README and the report's schema match their sources."""
    stale = [str(path.relative_to(ROOT)) for path in find_stale(ROOT)]

    assert stale == [], f"Run `nox -s refresh` to write {stale} again."
