"""Comparisons: a learner's answer beside two right ones that are known, the nearest and farthest.

The nearest one shows what could be written otherwise in the same plan, the farthest one another
plan. Given files are the same everywhere and are left out.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..model.catalogue import Kata
from ..model.staging import read
from ..proof.cases import ExpectFile, list_right_answers

Files = dict[str, str]
"""Path to text."""


@dataclass(frozen=True)
class KnownAnswer:
    """A right answer: its name, why it is one, and its files."""

    name: str
    why: str
    files: Files


def read_own(kata: Kata, source: Path) -> Files:
    """Read the files of an answer in which it may differ from others."""
    given = set(read(kata.stub)) - set(kata.file.editable)
    found = read(source).items()
    return {name: each.decode("utf-8", "replace") for name, each in found if name not in given}


def choose_answers(kata: Kata, scratch: Path) -> list[KnownAnswer]:
    """Choose two right answers that differ from the learner's: the nearest, then the farthest."""
    own = read_own(kata, kata.exercise)
    known = []
    for case in list_right_answers(kata, scratch):
        why = case.expected.why if isinstance(case.expected, ExpectFile) else "The solution."
        known.append(KnownAnswer(case.name, why, read_own(kata, case.source)))
    others = [each for each in known if each.files != own]
    others.sort(key=lambda each: measure_likeness(own, each.files), reverse=True)
    return [others[0], others[-1]] if len(others) > 1 else others


def measure_likeness(one: Mapping[str, str], other: Mapping[str, str]) -> float:
    """Measure how much of two answers is the same, word by word, from 0 to 1."""
    names = sorted({*one, *other})
    words, others = (
        [word for name in names for word in each.get(name, "").split()] for each in (one, other)
    )
    return difflib.SequenceMatcher(None, words, others, autojunk=False).ratio()
