"""Students: who handed in, as found in a folder of folders or archives, or in a list of them.

It looks at names only; what a submission holds is read by `handins`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..commandline import UsageError
from ..reports import make_harmless
from ..submissions.file_trees import is_junk
from .tables import read_table, read_text

ARCHIVE_SUFFIXES = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tbz2", ".txz", ".tar", ".zip")

# How learning platforms name what they let instructors download.
_MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?")
_CANVAS = re.compile(r"(?P<name>[^_]+)(?:_late)?_(?P<id>\d+)_\d+_.+", re.IGNORECASE)


@dataclass(frozen=True)
class Student:
    """Somebody who is to have a result; `paths` holds one submission, or none when missing."""

    name: str
    paths: tuple[Path, ...] = ()
    number: str = ""
    """What a learning platform numbers them by, where it says so."""

    @property
    def source(self) -> str:
        """What was handed in, by name."""
        return " and ".join(path.name or str(path) for path in self.paths)


def list_students(submissions: Path) -> list[Student]:
    """List everybody who handed in, by name; `UsageError` if there is nobody.

    `submissions` is a folder that holds a folder or archive for each student, a text file with a
    path in each line, or a CSV file with the columns `student` and `path`; paths in a file are
    relative to its folder.
    """
    if submissions.is_dir():
        found = [_name_student(path) for path in _list_entries(_unwrap(submissions))]
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
        paths = [path for student in group for path in student.paths]
        yield replace(group[0], paths=tuple(dict.fromkeys(paths)))


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


def _list_entries(folder: Path) -> list[Path]:
    if (folder / "app").is_dir():
        raise UsageError(
            f"'{folder}' holds 'app', so it is a single submission. Name the folder above it, or"
            f" run `dojo check KATA --submission {folder}`."
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
    return entries[0] if len(of_students) > 1 and not is_one_student else folder


def _is_kata(path: Path) -> bool:
    return path.name == "exercises" or re.match(r"\d\d_", path.name) is not None


def _name_student(path: Path) -> Student:
    name, number = _strip_suffix(path), ""
    for pattern in (_MOODLE, _CANVAS):
        if found := pattern.fullmatch(name):
            name, number = found["name"].strip(), found["id"]
            break
    return Student(show_name(name), (path,), number)


def _strip_suffix(path: Path) -> str:
    suffix = next((each for each in ARCHIVE_SUFFIXES if path.name.casefold().endswith(each)), "")
    stem = path.name[: len(path.name) - len(suffix)]
    return stem if stem and not path.is_dir() else path.name


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
        return [Student(name, (path.parent / each,) if each else ()) for name, each in named]
    lines = [line.strip() for line in read_text(path).splitlines()]
    return [_name_student(path.parent / line) for line in lines if line]
