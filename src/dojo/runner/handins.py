"""Hand-ins: who handed in, found in a folder or a list, and which files they handed in.

Nothing is run here.
"""

import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ..harness.temporary_folders import open_temporary_folder
from ..model.catalogue import Kata
from ..model.errors import UsageError
from ..model.file_trees import SubmissionUnreadable, is_junk, quoted
from ..model.layouts import ARCHIVE_SUFFIXES, is_other_kata
from ..model.reports import make_harmless
from ..model.staging import KataMissing, find, read
from .attempts import Attempt
from .platforms import Metadata, is_tool_file, read_metadata, read_name
from .tables import read_table, read_text

_KATA = re.compile(r"\d\d_")


@dataclass(frozen=True)
class Student:
    """Somebody who is to have a result, with all that they handed in, if anything."""

    name: str
    attempts: tuple[Attempt, ...] = ()
    number: str = ""
    """What a learning platform numbers them by, where it says so."""


def list_students(submissions: Path) -> list[Student]:
    """List everybody who handed in, by name; `UsageError` if there is nobody.

    `submissions` is a folder that holds a folder or archive for each student, a text file with a
    path in each line, or a CSV file with the columns `student` and `path`; paths in a file are
    relative to its folder.
    """
    if submissions.is_dir():
        found = _read_folder(_unwrap(submissions))
    elif not submissions.exists():
        raise UsageError(f"'{submissions}' does not exist. Name the folder of the submissions.")
    elif submissions.name.casefold().endswith(ARCHIVE_SUFFIXES):
        raise UsageError(f"'{submissions}' is an archive. Unpack it, then name the folder.")
    else:
        found = _read_list(submissions)
    if not found:
        raise UsageError(
            f"There are no submissions in '{submissions}'. Put a folder or an archive for each"
            " student in it."
        )
    return sorted(merge_students(_number_namesakes(found)), key=lambda each: each.name)


def merge_students(students: Sequence[Student]) -> Iterator[Student]:
    """Give each student once, with all that was handed in under that name."""
    groups = defaultdict(list)
    for student in students:
        groups[student.name].append(student)
    for group in groups.values():
        attempts = [each for student in group for each in student.attempts]
        yield replace(group[0], attempts=tuple(dict.fromkeys(attempts)))


def show_name(name: str) -> str:
    """Give a name in one line, with nothing invisible in it."""
    return make_harmless(name).replace("\n", "\\n").replace("\t", "\\t")


def list_visible(folder: Path) -> list[Path]:
    """List what lies in a folder, but for hidden files and what operating systems leave there."""
    entries = sorted(folder.iterdir())
    return [path for path in entries if path.name[0] != "." and not is_junk(path.name)]


def is_archive(path: Path) -> bool:
    """Tell whether a file calls itself an archive."""
    return path.is_file() and path.name.casefold().endswith(ARCHIVE_SUFFIXES)


def _read_folder(folder: Path) -> list[Student]:
    """Find the students of all entries, and of what metadata names and is not there."""
    metadata = read_metadata(folder)
    names = [path.name for path in _list_entries(folder) if not is_tool_file(path)]
    absent = sorted(name for name in metadata if metadata[name].submitters and name not in names)
    return [
        student
        for name in (*names, *absent)
        for student in _name_students(folder / name, metadata.get(name, Metadata()))
    ]


def _name_students(path: Path, metadata: Metadata) -> Iterator[Student]:
    """Name those who handed in a file or folder: more than one where a group did."""
    submitter, attempt = read_name(path)
    attempt = replace(attempt, submitted=metadata.submitted)
    for each in metadata.submitters or (submitter,):
        yield Student(show_name(each.name), (attempt,), each.number)


def _list_entries(folder: Path) -> list[Path]:
    if (folder / "app").is_dir():
        numbers = [name[:2] for name in folder.resolve().parts if _KATA.match(name)]
        command = [*(numbers[-1:] or ["KATA"]), "--submission", str(folder)]
        raise UsageError(
            f"'{folder}' holds 'app', so it is a single submission. Name the folder above it, or"
            f" run `nox -s check -- {shlex.join(command)}`."
        )
    return list_visible(folder)


def _unwrap(folder: Path) -> Path:
    """Give the folder of the submissions, which download tools put into another one."""
    entries = list_visible(folder)
    if len(entries) != 1 or entries[0].is_symlink() or not entries[0].is_dir():
        return folder
    inner = list_visible(entries[0])
    of_students = [path for path in inner if path.is_dir() or is_archive(path)]
    is_one_student = any(path.name == "app" or _is_kata(path) for path in inner)
    is_export = any(is_tool_file(path) for path in inner)
    is_wrapper = len(of_students) > (0 if is_export else 1)
    return entries[0] if is_wrapper and not is_one_student else folder


def _is_kata(path: Path) -> bool:
    return path.name == "exercises" or _KATA.match(path.name) is not None


def _number_namesakes(students: Sequence[Student]) -> list[Student]:
    """Tell students of the same name apart where a learning platform numbers them."""
    numbers = Counter(name for name, _ in {(each.name, each.number) for each in students})
    return [
        replace(each, name=f"{each.name} ({each.number})")
        if each.number and numbers[each.name] > 1
        else each
        for each in students
    ]


def _read_list(path: Path) -> list[Student]:
    if path.suffix.casefold() == ".csv":
        rows = read_table(path, ("student", "path"))
        named = [(show_name(row["student"]), row["path"]) for row in rows]
        found = [(name, read_name(path.parent / each)[1] if each else None) for name, each in named]
        return [Student(name, (attempt,) if attempt else ()) for name, attempt in found]
    lines = [line.strip() for line in read_text(path).splitlines()]
    paths = [path.parent / line for line in lines if line]
    return [student for each in paths for student in _name_students(each, Metadata())]


Files = dict[str, bytes]


@dataclass(frozen=True)
class Handin:
    """The `app/` of a kata, path to content, and when it was handed in, if that can be known."""

    files: Files
    submitted: datetime | None


def read_handin(attempt: Attempt, kata: Kata, *, alone: bool) -> Handin:
    """Read the `app/` of a kata; `alone` if it is the only kata of the run.

    Raises `KataMissing` where several katas are graded and there are others than this one, and
    `SubmissionUnreadable` for all else that cannot be graded; the message has no folder of the
    instructor's in it.
    """
    path = attempt.path
    if path.is_symlink():
        raise SubmissionUnreadable(
            f"Submission {quoted(path.name)} is a link: replace it with the file or folder itself."
        )
    with open_temporary_folder() as scratch:
        try:
            found = find(path, kata.id, scratch)
        except SubmissionUnreadable as error:
            is_missing = isinstance(error, KataMissing) and not alone
            problem = KataMissing if is_missing else SubmissionUnreadable
            raise problem(_shorten(error, path)) from None
        except OSError as error:
            raise SubmissionUnreadable(
                f"Submission {quoted(path.name)} cannot be read: {error.strerror}."
            ) from None
        if not alone:
            _refuse_unnamed(path, (attempt.title, *found.trail), kata.id)
        return Handin(read(found.folder), attempt.submitted or found.newest)


def _refuse_unnamed(path: Path, names: Sequence[str], kata_id: str) -> None:
    """Refuse an `app/` that could be of any kata, and one that is of another."""
    if any(name.startswith(kata_id) for name in names):
        return
    if any(is_other_kata(name, kata_id) for name in names[:2]):
        raise KataMissing(f"Submission {quoted(path.name)} is called like another kata.")
    raise SubmissionUnreadable(
        f"Submission {quoted(path.name)} does not say which kata its folder 'app' belongs"
        f" to: put it into a folder with the id of its kata, such as '{kata_id}'."
    )


def _shorten(error: Exception, path: Path) -> str:
    """Name the submission without the instructor's folders."""
    return str(error).replace(f"'{path.parent}/", "'")
