"""Edits make another version of an app, or say why they do not fit it."""

import pytest
from pydantic import ValidationError

from dojo.model.edits import Edit, Misfit, apply_edits

APP = {"app/main.py": "one\ntwo\nthree\ntwo\n", "app/other.py": "else\n"}


def edit(old: str, new: str, file: str = "app/main.py") -> Edit:
    """Make an edit."""
    return Edit(file=file, old=old, new=new)


def test_changed_files_are_given() -> None:
    """Only files that an edit names are in the result; the others stay as they are."""
    assert apply_edits(APP, [edit("one\n", "")]) == {"app/main.py": "two\nthree\ntwo\n"}


def test_edits_see_the_original() -> None:
    """What one edit puts in is not there for the next, and their order does not matter."""
    edits = [edit("three\n", "one\n"), edit("one\n", "three\n")]

    changed = apply_edits(APP, edits)

    assert changed == apply_edits(APP, edits[::-1])
    assert changed["app/main.py"] == "three\ntwo\none\ntwo\n"


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        (
            [edit("four\nfive", "4")],
            "the `old` of an edit stands 0 times in 'app/main.py', not once: 'four' …. "
            "Copy into `old` what stands there now.",
        ),
        (
            [edit("one\n", "1\n"), edit("two\n", "2\n")],
            "the `old` of an edit stands 2 times in 'app/main.py', not once: 'two'. "
            "Add a line before or after it to `old` and `new`.",
        ),
        (
            [edit("one\ntwo\nthree", "1"), edit("three\n", "3\n")],
            "two edits of 'app/main.py' change the same text: 'three'. Make one edit of them.",
        ),
        (
            [edit("one", "1", "app/absent.py")],
            "an edit is for 'app/absent.py', which is not a file of the app. "
            "Name a file that is there, such as 'app/main.py'.",
        ),
    ],
    ids=["missing", "twice", "overlapping", "no file"],
)
def test_misfits_are_explained(edits: list[Edit], message: str) -> None:
    """An edit that does not fit says in which file, which text, and what to do."""
    with pytest.raises(Misfit) as raised:
        apply_edits(APP, edits)

    assert str(raised.value) == message


def test_overlapping_places_count_twice() -> None:
    """A text that stands at two places that overlap is not there once."""
    with pytest.raises(Misfit, match="stands 2 times"):
        apply_edits({"app/main.py": "ababa"}, [edit("aba", "b")])


@pytest.mark.parametrize("more", [{"old": ""}, {"line": 3}])
def test_other_edits_are_refused(more: dict[str, object]) -> None:
    """An empty text stands everywhere, and an unknown key is a slip."""
    with pytest.raises(ValidationError):
        Edit.model_validate({"file": "app/main.py", "old": "one", "new": "1"} | more)
