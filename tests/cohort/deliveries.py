"""Cohorts as five tools deliver them, made from their formats.

Canvas: `lib/content_zipper.rb` of canvas-lms. Moodle: `mod/assign/classes/downloader.php`.
Gradescope: what programs that read its exports expect. GitHub Classroom: its clones, and the
columns of its grades.
"""

import io
import re
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .conftest import RIGHT

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """A student, as all tools know them."""

    first: str
    last: str
    number: str
    login: str

    @property
    def name(self) -> str:
        """Both names, as a person writes them."""
        return f"{self.first} {self.last}"


ADA = Person("Ada", "Lovelace", "1815", "countess")
GRACE = Person("Grace", "Hopper", "1906", "amazing")


@dataclass(frozen=True)
class Upload:
    """One file that a student handed in; `files` are what is packed in it."""

    person: Person
    files: Mapping[str, str]
    at: datetime = NOON
    title: str = "work.zip"
    is_late: bool = False

    @property
    def content(self) -> bytes:
        """The file itself, a zip."""
        return pack(self.files, self.at)


def upload(person: Person, source: str = RIGHT, hours: int = 0, **fields: object) -> Upload:
    """Make an upload of a bare `app/`, so many hours after noon."""
    at = NOON + timedelta(hours=hours)
    return Upload(person, {"app/main.py": source}, at, **fields)  # type: ignore[arg-type]


def pack(files: Mapping[str, str | bytes], at: datetime = NOON) -> bytes:
    """Pack a zip whose files were all changed at one time, as Info-ZIP stores it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo("x", at.timetuple()[:6])
            entry.filename = name  # as it is: the constructor would mend it
            entry.extra = struct.pack("<HHBi", 0x5455, 5, 1, int(at.timestamp()))
            archive.writestr(entry, content)
    return buffer.getvalue()


def deliver_to_canvas(folder: Path, uploads: Sequence[Upload]) -> Path:
    """Deliver `lovelaceada_LATE_1815_7001_work-1.zip`; numbers grow with every upload."""
    titles: list[tuple[Person, str]] = []
    for number, each in enumerate(uploads, 7001):
        title, again = each.title, 0
        while (each.person, title) in titles:
            again += 1
            title = re.sub(r"(\.\w+)$", rf"-{again}\1", each.title)
        titles.append((each.person, title))
        name = re.sub(r"\W", "", f"{each.person.last}{each.person.first}").lower()
        parts = [name, *["LATE"] * each.is_late, each.person.number, str(number), title]
        _write(folder / "_".join(parts), each.content)
    _write(folder / "2026-03-02T1200_Grades-API.csv", b"Student,ID,SIS Login ID,Section\n")
    return folder


def deliver_to_moodle(folder: Path, uploads: Sequence[Upload]) -> Path:
    """Deliver a folder for each student, and another one for what was typed."""
    for each in uploads:
        stem = f"{each.person.name}_{each.person.number}_assignsubmission"
        _write(folder / f"{stem}_file_" / each.title, each.content)
        _write(folder / f"{stem}_onlinetext_" / "onlinetext.html", b"<p>See my file.</p>")
    _write(folder / "Grades-C1-Homework 1--12.csv", b"Identifier,Full name\n")
    return folder


def deliver_to_flat_moodle(folder: Path, uploads: Sequence[Upload]) -> Path:
    """Deliver all files into one folder, which Moodle can be set to."""
    for each in uploads:
        stem = f"{each.person.name}_{each.person.number}_assignsubmission"
        _write(folder / f"{stem}_file_{each.title}", each.content)
        _write(folder / f"{stem}_onlinetext_onlinetext.html", b"<p>See my file.</p>")
    return folder


def deliver_to_gradescope(folder: Path, uploads: Sequence[Upload]) -> Path:
    """Deliver what was in each upload, in a folder, and the metadata of all."""
    metadata = ["---"]
    for number, each in enumerate(uploads, 9001):
        for name, text in each.files.items():
            _write(folder / f"submission_{number}" / name, text.encode())
        metadata += [
            f"submission_{number}:",
            "  :submitters:",
            f"  - :name: {each.person.name}",
            f"    :sid: '{each.person.number}'",
            f"    :email: {each.person.login}@x.org",
            f"  :created_at: {each.at:%Y-%m-%d %H:%M:%S}.123456000 Z",
            "  :score: 0.0",
            "  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess",
            "    tests: []",
            "  :history: []",
        ]
    _write(folder / "submission_metadata.yml", "\n".join(metadata).encode())
    return folder


def deliver_to_classroom(folder: Path, uploads: Sequence[Upload]) -> Path:
    """Deliver clones of repositories, and the grades that say when each was handed in."""
    rows = ["assignment_name,github_username,student_repository_name,submission_timestamp"]
    for each in uploads:
        repository = f"homework-1-{each.person.login}"
        while (folder / repository).exists():
            repository += "-1"
        for name, text in each.files.items():
            _write(folder / repository / name, text.encode())
        _write(folder / repository / ".git" / "HEAD", b"ref: refs/heads/main\n")
        rows.append(f"Homework 1,{each.person.login},{repository},{each.at:%Y-%m-%dT%H:%M:%SZ}")
    _write(folder / "grades.csv", "\n".join(rows).encode())
    return folder


Deliver = Callable[[Path, Sequence[Upload]], Path]

DELIVERIES: dict[str, Deliver] = {
    "Canvas": deliver_to_canvas,
    "Moodle": deliver_to_moodle,
    "Moodle without folders": deliver_to_flat_moodle,
    "Gradescope": deliver_to_gradescope,
    "GitHub Classroom": deliver_to_classroom,
}


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
