"""7z archives: read with the package `py7zr`, which only those need who get such archives.

What a 7z says of itself decides how much memory it takes, so that is checked before the first file
is read; `py7zr` checks what it reads against it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from .archive_members import Member, Wanted, to_time
from .file_trees import LINK, MIB, SPECIAL, RefusedFile, mebibytes, quoted

if TYPE_CHECKING:
    from py7zr import FileInfo, SevenZipFile
    from py7zr.io import Py7zBytesIO

LARGEST = 64 * MIB
"""A single file, which is in memory as a whole, whether it is wanted or not."""

METHODS = {
    *(b"\x00", b"!", b"\x03\x01\x01", b"\x04\x02\x02"),  # copied, LZMA2, LZMA, bzip2
    *(b"\x03", b"\x03\x03\x01\x03", b"\x03\x03\x02\x05"),  # filters before them
    *(b"\x03\x03\x05\x01", b"\x03\x03\x07\x01", b"\x03\x03\x08\x05"),
}
"""How files may be compressed: each of these stops where it is told to."""

MISSING = (
    "it is a 7z archive, for which a package is missing: run `nox -s archives` once,"
    " or ask the student to unpack it"
)
TOO_LARGE = "it is too large when unpacked: leave out '.venv', '.git' and data"
UNUSUAL = "it uses an unusual compression or a password: make an ordinary zip"
DAMAGED = "it cannot be read as a 7z archive: check the file"


def iterate_members(file: BinaryIO, room: int, wanted: Wanted) -> Iterator[Member]:
    """Give the members of a 7z that is no larger than `room` bytes when it is unpacked.

    What is wanted is read with the first of it, for files in a 7z are compressed together.
    """
    try:
        from py7zr import SevenZipFile
    except ImportError:
        raise RefusedFile(MISSING) from None
    with _damage_refused(), SevenZipFile(file, max_extract_size=room) as archive:
        entries = archive.list()
        _refuse_bomb(archive, entries, room)
        files = [each.filename for each in entries if each.is_file and wanted(each.filename)]
        contents = _Contents(archive, files)
        for entry in entries:
            read = partial(contents.read, entry.filename)
            problem = _find_problem(entry)
            yield Member(entry.filename, entry.is_directory, problem, read, _get_time(entry))


@contextmanager
def _damage_refused() -> Iterator[None]:
    from py7zr import PasswordRequired

    try:
        yield
    except RefusedFile:
        raise
    except PasswordRequired:
        raise RefusedFile(UNUSUAL) from None
    except Exception as error:  # of whatever kind: the package meets what nobody thought of
        raise RefusedFile(DAMAGED) from error


def _refuse_bomb(archive: "SevenZipFile", entries: "list[FileInfo]", room: int) -> None:
    streams = archive.header.main_streams
    folders = streams.unpackinfo.folders if streams is not None else []
    if not METHODS.issuperset(coder["method"] for each in folders for coder in each.coders):
        raise RefusedFile(UNUSUAL)
    if sum(entry.uncompressed for entry in entries) > room:
        raise RefusedFile(TOO_LARGE)
    for entry in entries:
        if entry.uncompressed > LARGEST:
            size = f"is larger than {mebibytes(LARGEST)}"
            raise RefusedFile(f"{quoted(entry.filename)} {size}: leave it out")


def _find_problem(entry: "FileInfo") -> str | None:
    if entry.is_symlink:
        return LINK
    return None if entry.is_file or entry.is_directory else SPECIAL


def _get_time(entry: "FileInfo") -> datetime | None:
    # the package calls it so: it is when the file was changed
    return to_time(entry.creationtime.timestamp()) if entry.creationtime else None


@dataclass
class _Contents:
    """The contents of the files that are wanted, read when the first is asked for."""

    archive: "SevenZipFile"
    files: Sequence[str]

    def read(self, name: str, size: int) -> bytes:
        """Give the first bytes of a file, at most `size`."""
        with _damage_refused():
            return self._read_all[PurePosixPath(name).as_posix()].read(size)

    @cached_property
    def _read_all(self) -> "dict[str, Py7zBytesIO]":
        from py7zr.io import BytesIOFactory

        factory = BytesIOFactory(LARGEST)
        self.archive.extract(targets=self.files, factory=factory)
        return factory.products
