"""Similarity: which submissions share passages that neither the stub nor the solution has.

Fingerprints are those of MOSS, made by `copydetect`: names and layout do not count. That two are
alike proves nothing: one lecture, one answer on the web, or one small task make answers alike.
"""

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from copydetect import CodeFingerprint, compare_files

from ..model.catalogue import Kata
from ..model.file_trees import SubmissionUnreadable
from ..model.staging import KataMissing, read
from ..runner.attempts import choose_attempts, list_attempts
from ..runner.cohort_records import Run
from ..runner.handins import Student, list_students, read_handin
from .rosters import match_students, read_columns, read_roster

_PASSAGE = 25
"""Signs of code, names made alike, below which what two share is chance."""

_WINDOW = 8


@dataclass(frozen=True)
class Work:
    """What one student wrote for one kata: the editable files, one after the other."""

    student: str
    cohort: str
    text: str


@dataclass(frozen=True)
class Pair:
    """Two works that share passages, given as places in their texts: start and end."""

    one: Work
    other: Work
    shares: tuple[float, float]
    """How much of either, without what stub and solution have, is in both; 0 to 1."""
    passages: tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]

    @property
    def share(self) -> float:
        """The larger share: a short answer may be a part of a long one."""
        return max(self.shares)


def collect_works(run: Run, kata: Kata) -> Iterator[Work]:
    """Collect what was handed in for a kata; what cannot be read is passed over."""
    students: Sequence[Student] = list_students(Path(run.submissions))
    if run.roster:
        roster = read_roster(Path(run.roster), read_columns(run.roster_columns))
        students = match_students(roster, students).students
    alone = len(run.katas) == 1
    for student in students:
        attempts = list_attempts(student.attempts, kata.id)
        for attempt, _ in choose_attempts(attempts, run.attempt) if attempts else ():
            try:
                files = read_handin(attempt, kata, alone=alone).files
            except (KataMissing, SubmissionUnreadable):
                continue
            if text := _join(kata, files):
                yield Work(student.name, run.name, text)


def find_pairs(kata: Kata, works: Sequence[Work], least: float) -> list[Pair]:
    """Find pairs that share at least so much, the most alike first."""
    known = [_join(kata, read(folder)) for folder in (kata.stub, kata.solution)]
    common = [value for text in known for value in _mark(text).hashes]
    prints = [_mark(work.text, common) for work in works]
    pairs = []
    for one, other in _list_candidates(prints):
        _, shares, slices = compare_files(prints[one], prints[other])
        pair = Pair(
            works[one],
            works[other],
            (float(shares[0]), float(shares[1])),
            (_read_slices(slices[0]), _read_slices(slices[1])),
        )
        if pair.share >= least:
            pairs.append(pair)
    return sorted(pairs, key=lambda pair: -pair.share)


def _join(kata: Kata, files: dict[str, bytes]) -> str:
    texts = (files[name].decode("utf-8", "replace") for name in kata.file.editable if name in files)
    return "\n".join(texts)


def _mark(text: str, common: Iterable[int] = ()) -> CodeFingerprint:
    name = "work.py"  # it tells the language, and nothing is read there
    return CodeFingerprint(name, _PASSAGE, _WINDOW, boilerplate=list(common), fp=io.StringIO(text))


def _list_candidates(prints: Sequence[CodeFingerprint]) -> list[tuple[int, int]]:
    """List the pairs that share a fingerprint at all: in a large cohort few do."""
    owners: dict[int, list[int]] = defaultdict(list)
    for number, each in enumerate(prints):
        for value in each.hashes:
            owners[int(value)].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in owners.values():
        for place, one in enumerate(numbers):
            shared.update((one, other) for other in numbers[place + 1 :])
    return [pair for pair, _ in shared.most_common()]


def _read_slices(slices: Sequence[Sequence[float]]) -> tuple[tuple[int, int], ...]:
    """Read rows of starts and ends; nothing shared has no rows."""
    if len(slices) != 2:
        return ()
    return tuple((int(start), int(end)) for start, end in zip(*slices, strict=True))
