"""Folders of students are plain and never shared."""

import unicodedata

import pytest

from dojo.runner.cohort_records import name_folder


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "ada"),
        ("Zo\u00eb", "Zoe\u0308"),
        ("a b", "a_b"),
        ("李雷", "韩梅梅"),
        ("a" * 300, "a" * 301),
        ("con", "CON"),
    ],
)
def test_similar_names_do_not_collide(one: str, other: str) -> None:
    """Names that some file systems take for the same have different folders."""
    folders = [unicodedata.normalize("NFC", name_folder(name)).casefold() for name in (one, other)]

    assert folders[0] != folders[1]


@pytest.mark.parametrize("name", ["../../etc", "a/b", ".", "-rf", "nul", "\u202e", "x" * 999, ""])
def test_folders_are_harmless(name: str) -> None:
    """Whatever a student is called, the folder is a short plain name."""
    folder = name_folder(name)

    assert folder.isascii()
    assert folder.replace("-", "").replace("_", "").isalnum()
    assert folder[0].isalnum()
    assert len(folder) <= 60


def test_plain_names_stay() -> None:
    """A login is its own folder."""
    assert name_folder("ada-l_1815") == "ada-l_1815"
