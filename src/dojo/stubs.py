"""Finds the pristine stub of a kata; it neither copies it nor compares it with anything.

Every exercise carries an untouched copy of its `app/` in the hidden folder `.stub/`, as plain
files that can be read and diffed. So a kata can be reset, and its given files trusted, without
git and even when `exercises/` was handed out alone.
"""

from pathlib import Path


class StubError(Exception):
    """The pristine stub of a kata is missing."""


def pristine(kata: Path) -> Path:
    """Return the folder that holds the pristine `app/` of the exercise folder `kata`.

    Raises `StubError` if it is missing.
    """
    stub = kata / ".stub"
    if not (stub / "app").is_dir():
        raise StubError(
            f"The pristine stub of kata '{kata.name}' is missing: '{stub / 'app'}'. "
            f"Run `git checkout -- {stub}` or copy that folder from a fresh download."
        )
    return stub
