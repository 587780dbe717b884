"""Works are alike by what they share beside stub and solution, whatever names they use."""

from pathlib import Path

import pytest

from dojo.model.catalogue import Catalogue, Kata
from dojo.output.similarity_pages import mark_passages, write_similarity
from dojo.teaching.similarity import Work, find_pairs

ROOT = Path(__file__).parent.parent.parent

FIRST = '''
def count_words(text):
    """Count the words."""
    counts = {}
    for word in text.lower().split():
        cleaned = word.strip(".,;:!?")
        if cleaned:
            counts[cleaned] = counts.get(cleaned, 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
'''
RENAMED = FIRST.replace("counts", "table").replace("word", "token").replace("cleaned", "key")
OTHER = """
class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)

    def pop(self):
        if not self.items:
            raise IndexError("empty")
        return self.items.pop()
"""


@pytest.fixture
def kata() -> Kata:
    """Give a kata with a small stub."""
    return Catalogue(ROOT).find("01")


def test_renamed_copy_is_found(kata: Kata) -> None:
    """Other names and another cohort hide nothing; another answer is not alike."""
    works = [Work("ada", "a", FIRST), Work("bo", "b", RENAMED), Work("cleo", "a", OTHER)]
    (pair,) = find_pairs(kata, works, 0.6)

    assert (pair.one.student, pair.other.student) == ("ada", "bo")
    assert pair.share > 0.9


def test_stub_and_solution_do_not_count(kata: Kata) -> None:
    """Who keeps the stub, or finds the solution's own lines, shares nothing with others."""
    solution = "\n".join((kata.solution / name).read_text("utf-8") for name in kata.file.editable)
    works = [Work("ada", "a", solution), Work("bo", "a", solution)]

    assert find_pairs(kata, works, 0.01) == []


def test_passages_are_marked() -> None:
    """What is shared is marked, and code is no markup."""
    assert mark_passages("a<b c", [(1, 3)]) == "a<mark>&lt;b</mark> c"
    assert mark_passages("abcd", [(0, 2), (1, 3)]) == "<mark>ab</mark><mark>c</mark>d"


def test_pages_are_written(kata: Kata, tmp_path: Path) -> None:
    """The list and each pair say that they prove nothing."""
    works = [Work("ada", "a", FIRST), Work("<bo>", "b", RENAMED)]
    write_similarity([(kata, find_pairs(kata, works, 0.5))], tmp_path)
    pages = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}

    assert set(pages) == {"index.html", f"{kata.id}-1.html", "pairs.csv"}
    assert all("proves nothing" in text for name, text in pages.items() if name != "pairs.csv")
    assert "<bo>" not in pages["index.html"]
    assert "<mark>" in pages[f"{kata.id}-1.html"]
