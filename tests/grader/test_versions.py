"""What a version changes decides which tests are tried first."""

import pytest

from dojo.grader.versions import Version, read_change
from dojo.model.edits import Edit

APP = {
    "app/items.py": """
LIMIT = 10
router = object()


class Shelf:
    size: int = 3

    def count(self):
        return self.size


def list_items():
    return LIMIT


def read_item():
    return 1
"""
}


def make_version(old: str, new: str, shows_in: frozenset[str] = frozenset()) -> Version:
    """Make a version with one edit."""
    edit = Edit(file="app/items.py", old=old, new=new)
    return Version(name="other", behaviour="other", edits=(edit,), shows_in=shows_in)


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("return 1", "return 2", frozenset({"app.items:read_item"})),
        ("return self.size", "return 0", frozenset({"app.items:Shelf.count"})),
        ("LIMIT = 10", "LIMIT = 11", frozenset({"app.items:list_items"})),
    ],
)
def test_changed_functions_are_listed(old: str, new: str, changed: frozenset[str]) -> None:
    """Functions, methods, and those that name a changed constant are listed."""
    assert read_change(APP, make_version(old, new)) == frozenset(changed)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("size: int = 3", "size: int = 4"),
        ("def read_item():", "def read_item(number=1):"),
        ("def read_item():", "@print\ndef read_item():"),
        ("router = object()", "router = list()"),
        ("def read_item():", "def more():\n    pass\n\n\ndef read_item():"),
        ("LIMIT = 10", "LIMIT = LARGEST = 10"),
    ],
)
def test_more_than_code_is_told(old: str, new: str) -> None:
    """A version with another class, signature, decorator or name has to be imported."""
    assert read_change(APP, make_version(old, new)) is None


def test_author_names_where_it_shows() -> None:
    """Where a change shows in other functions than it is made in, the author says so."""
    shown = frozenset({"app.items:list_items"})

    assert read_change(APP, make_version("return 1", "return 2", shows_in=shown)) == shown
