"""Attempts: what one student handed in, once or several times, and which of it counts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from ..model.file_trees import SubmissionUnreadable
from ..model.layouts import ARCHIVE_SUFFIXES, is_other_kata
from ..model.reports import ReportModel
from ..model.staging import lacks_kata, list_archives, read_newest


class AttemptRule(StrEnum):
    """Which attempt of several counts."""

    LATEST = "latest"
    BEST = "best"
    FIRST = "first"


class ChosenAttempt(ReportModel):
    """Which attempt of several a result is of, counted from the first."""

    number: int
    total: int
    rule: AttemptRule

    def describe(self) -> str:
        """Say it as `Attempt 3 of 3, the latest`."""
        return f"Attempt {self.number} of {self.total}, the {self.rule}"


@dataclass(frozen=True)
class Attempt:
    """A folder or archive that was handed in; what the tool does not tell is empty or none."""

    path: Path
    title: str = ""
    """What the student called it, without the tool's additions and the suffix of an archive."""
    submitted: datetime | None = None
    """When it was handed in, by the metadata of the tool."""
    marked_late: bool = False
    upload: int | None = None
    """A number of the tool's that grows with every upload."""
    is_text: bool = False
    """Whether it is what was typed into a field of the tool, and no file."""


def list_attempts(given: Sequence[Attempt], kata_id: str) -> list[Attempt]:
    """List what was handed in for a kata, in the order in which it was.

    A folder of archives holds an attempt in each. What is called like another kata is passed over,
    and so is, beside a folder or an archive, all that is neither.
    """
    found = [inner for each in given for inner in _open_folder(each, kata_id)]
    for is_fit in (_can_hold_app, _is_of_kata, _is_called_like_kata):
        if len(found) > 1:
            found = [each for each in found if is_fit(each, kata_id)] or found
    return _order(found, kata_id)


def choose_attempts(
    attempts: Sequence[Attempt], rule: AttemptRule
) -> list[tuple[Attempt, ChosenAttempt | None]]:
    """Choose the attempts to grade: one, or all of them where the best counts."""
    total = len(attempts)
    if total == 1:
        return [(attempts[0], None)]
    numbered: list[tuple[Attempt, ChosenAttempt | None]] = [
        (each, ChosenAttempt(number=number, total=total, rule=rule))
        for number, each in enumerate(attempts, 1)
    ]
    return {
        AttemptRule.LATEST: numbered[-1:],
        AttemptRule.BEST: numbered,
        AttemptRule.FIRST: numbered[:1],
    }[rule]


def strip_suffix(name: str) -> str:
    """Take the suffix of an archive off a name."""
    suffix = next((each for each in ARCHIVE_SUFFIXES if name.casefold().endswith(each)), "")
    return name[: len(name) - len(suffix)] or name


def _open_folder(attempt: Attempt, kata_id: str) -> list[Attempt]:
    """Give the archives in a folder that holds several and no `app/`; else the folder itself."""
    archives = [] if attempt.path.is_symlink() else list_archives(attempt.path, kata_id)
    if len(archives) < 2:
        return [attempt]
    return [replace(attempt, path=path, title=strip_suffix(path.name)) for path in archives]


def _can_hold_app(attempt: Attempt, _: str) -> bool:
    path = attempt.path
    is_archive = strip_suffix(path.name) != path.name
    return not attempt.is_text and (is_archive or path.is_dir() or path.is_symlink())


def _is_of_kata(attempt: Attempt, kata_id: str) -> bool:
    try:
        return not (is_other_kata(attempt.title, kata_id) or lacks_kata(attempt.path, kata_id))
    except (SubmissionUnreadable, OSError):
        return True


def _is_called_like_kata(attempt: Attempt, kata_id: str) -> bool:
    return attempt.title.startswith(kata_id)


_VERSION = re.compile(r"(?P<stem>.*?)(?:-(?P<dash>\d+)| ?\((?P<brackets>\d+)\))?", re.DOTALL)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _order(attempts: list[Attempt], kata_id: str) -> list[Attempt]:
    """Sort by the first thing that all of them tell, and differently."""
    if len(attempts) < 2:
        return attempts
    orders: list[Callable[[Attempt], float | None]] = [
        lambda each: each.submitted.timestamp() if each.submitted else None,
        lambda each: each.upload,
        _make_version(attempts),
    ]
    for order in orders:
        known = {value: each for each in attempts if (value := order(each)) is not None}
        if len(known) == len(attempts):
            return [known[value] for value in sorted(known)]
    times = {each: _read_newest(each.path, kata_id) or _LONG_AGO for each in attempts}
    return sorted(attempts, key=lambda each: (times[each], each.path.name))


def _make_version(attempts: Sequence[Attempt]) -> Callable[[Attempt], int | None]:
    """Read `work`, `work-1` and `work-2` as 0, 1 and 2; nothing where names differ otherwise."""
    found = {each: _VERSION.fullmatch(each.title) for each in attempts}
    stems = {match["stem"] for match in found.values() if match}

    def read(attempt: Attempt) -> int | None:
        match = found[attempt]
        if match is None or len(stems) != 1 or not attempt.title:
            return None
        return int(match["dash"] or match["brackets"] or 0)

    return read


def _read_newest(path: Path, kata_id: str) -> datetime | None:
    try:
        return read_newest(path, kata_id)
    except (SubmissionUnreadable, OSError):
        return None
