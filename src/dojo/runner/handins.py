"""Hand-ins: who handed in, found in a folder or a list, and which files they handed in.

Names come as learning platforms write them, tables as spreadsheets do. Nothing is run here.
"""

import codecs
import csv
import io
import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..harness.temporary_folders import open_temporary_folder
from ..model.catalogue import Kata
from ..model.errors import UsageError
from ..model.file_trees import SubmissionUnreadable, is_junk, quoted
from ..model.reports import make_harmless
from ..model.staging import KataMissing, locate, read

_DELIMITERS = ",;\t"

Row = dict[str, str]


@dataclass(frozen=True)
class Table:
    """A CSV file: its columns as they are written and in lower case, its rows with their lines."""

    titles: tuple[str, ...]
    rows: tuple[tuple[int, Row], ...]

    @property
    def header(self) -> list[str]:
        """The names of the columns in lower case, as rows have them."""
        return [title.casefold() for title in self.titles]

    def title(self, name: str) -> str:
        """Write the name of a column as the file does."""
        return next((each for each in self.titles if each.casefold() == name), name)


def read_rows(path: Path) -> Table:
    """Read a CSV file, cells stripped, by the names of its columns in lower case.

    Commas, semicolons and tabs may separate; empty lines are passed over. Raises `UsageError`.
    """
    text = read_text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [(lines.line_num, cells) for cells in lines if any(map(str.strip, cells))]
    except csv.Error as error:
        raise UsageError(f"'{path}' is not a CSV file: line {lines.line_num}: {error}.") from None
    titles = tuple(name.strip() for name in rows[0][1]) if rows else ()
    return Table(
        titles,
        tuple(
            (line, {name.casefold(): _cell(cells, place) for place, name in enumerate(titles)})
            for line, cells in rows[1:]
        ),
    )


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """Read a CSV file that has at least `columns`.

    The first of `columns` is the key: filled in every row, each value once. Raises `UsageError`.
    """
    table = read_rows(path)
    _refuse_header(path, table.header, columns)
    refuse_keys(path, [(line, row[columns[0]]) for line, row in table.rows])
    return [row for _, row in table.rows]


def read_text(path: Path) -> str:
    """Read a text file in UTF-8, with a mark in front or without it, or in UTF-16 with its mark."""
    try:
        content = path.read_bytes()
        is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(
            f"'{path}' is not text in UTF-8. Save it again as 'CSV UTF-8', or as plain text in"
            " UTF-8."
        ) from None
    except OSError as error:
        raise UsageError(f"'{path}' cannot be read: {error.strerror}. Check its name.") from None


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _refuse_header(path: Path, header: Sequence[str], columns: Sequence[str]) -> None:
    wanted = ",".join(columns)
    for name in columns:
        if name not in header:
            raise UsageError(
                f"'{path}' has no column '{name}'. Make its first line name the columns: at least"
                f" '{wanted}'."
            )
        if header.count(name) > 1:
            raise UsageError(f"'{path}' has the column '{name}' twice. Leave one out.")


def refuse_keys(path: Path, keys: Sequence[tuple[int, str]]) -> None:
    """Raise `UsageError` where a line of a table names nobody, or one who stands there already."""
    seen: dict[str, int] = {}
    for line, key in keys:
        if not key:
            raise UsageError(
                f"Line {line} of '{path}' names no student. Add the student or remove the line."
            )
        if key in seen:
            raise UsageError(
                f"'{path}' names '{key}' in line {seen[key]} and in line {line}. Remove one."
            )
        seen[key] = line


ARCHIVE_SUFFIXES = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tbz2", ".txz", ".tar", ".zip")

# How learning platforms name what they let instructors download.
_MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?")
_CANVAS = re.compile(r"(?P<name>[^_]+)(?:_late)?_(?P<id>\d+)_\d+_.+", re.IGNORECASE)

_KATA = re.compile(r"\d\d_")


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
    return entries[0] if len(of_students) > 1 and not is_one_student else folder


def _is_kata(path: Path) -> bool:
    return path.name == "exercises" or _KATA.match(path.name) is not None


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


Files = dict[str, bytes]


def read_handin(student: Student, kata: Kata, *, alone: bool) -> Files:
    """Read the `app/` of a kata, path to content; `alone` if it is the only kata of the run.

    Raises `KataMissing` where several katas are graded and there is nothing for this one, and
    `SubmissionUnreadable` for all else that cannot be graded; the message has no folder of the
    instructor's in it.
    """
    path = _choose_path(student.paths)
    with open_temporary_folder() as scratch:
        try:
            source = _locate(path, kata.id, scratch)
        except KataMissing as missing:
            problem = KataMissing if not alone else SubmissionUnreadable
            raise problem(_shorten(missing, path)) from None
        except SubmissionUnreadable as error:
            raise SubmissionUnreadable(_shorten(error, path)) from None
        except OSError as error:
            raise SubmissionUnreadable(
                f"Submission {quoted(path.name)} cannot be read: {error.strerror}."
            ) from None
        if not alone and not source.name.startswith(kata.id):
            raise SubmissionUnreadable(
                f"Submission {quoted(path.name)} does not say which kata its folder 'app' belongs"
                f" to: put it into a folder with the id of its kata, such as '{kata.id}'."
            )
        return read(source)


def _choose_path(paths: Sequence[Path]) -> Path:
    if len(paths) > 1:
        names = " and ".join(quoted(path.name) for path in paths)
        raise SubmissionUnreadable(f"There is more than one submission, {names}: keep one.")
    if paths[0].is_symlink():
        raise SubmissionUnreadable(
            f"Submission {quoted(paths[0].name)} is a link: "
            "replace it with the file or folder itself."
        )
    return paths[0]


def _locate(path: Path, kata_id: str, scratch: Path) -> Path:
    """Find a kata in a folder or archive, or in the archive that alone lies in the folder."""
    try:
        return locate(path, kata_id, scratch)
    except KataMissing:
        archives = _list_archives(path, kata_id)
        if len(archives) > 1:
            names = " and ".join(quoted(each.name) for each in archives)
            raise SubmissionUnreadable(
                f"Submission {quoted(path.name)} holds more than one archive, {names}: keep one."
            ) from None
        if not archives:
            raise
        return locate(archives[0], kata_id, scratch)


def _list_archives(path: Path, kata_id: str) -> list[Path]:
    """List the archives in a folder; where some are called like the kata, only those."""
    if not path.is_dir():
        return []
    found = [each for each in list_visible(path) if is_archive(each) and not each.is_symlink()]
    return [each for each in found if each.name.startswith(kata_id)] or found


def _shorten(error: Exception, path: Path) -> str:
    """Name the submission without the instructor's folders."""
    return str(error).replace(f"'{path.parent}/", "'")
