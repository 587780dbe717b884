"""Safe unpacking of a zip, tar or 7z archive that somebody handed in.

Every member is read and checked before the first byte is written, so a refusal leaves nothing
behind. Where only one folder is wanted, nothing else is read, nor counted as a file. What the
unpacked files mean is the business of `staging`.
"""

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, Self, cast

from .archive_members import Member, Wanted, make_plain, to_time
from .file_trees import (
    ABSOLUTE,
    LINK,
    MIB,
    OUTSIDE,
    SPECIAL,
    FileTree,
    RefusedFile,
    SubmissionUnreadable,
    TreeLimits,
    is_junk,
    mebibytes,
    quoted,
    write_files,
)
from .seven_zips import TOO_LARGE, iterate_members

PACK_COMMAND = "python -m zipfile -c submission.zip app"

SEVEN_ZIP_SIGNATURE = b"7z\xbc\xaf\x27\x1c"
RAR_SIGNATURE = b"Rar!\x1a\x07"
ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
ZIP_ENTRY_SIGNATURE = b"PK\x01\x02"
ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ZIP_ENCRYPTED = 0x1
ZIP_UTF8 = 0x800
ZIP_UNIX_TIME = 0x5455
ZIP_WINDOWS_TIME = 0x000A
WINDOWS_EPOCH = 11_644_473_600
"""Seconds from the year 1601 to 1970."""

RAR = "it is a RAR archive, which cannot be read: ask the student to unpack it"

TAR_RECORDS = (b"x", b"g", b"X")  # of pax
TAR_EXTENSIONS = (*TAR_RECORDS, b"L", b"K")  # GNU long names
TAR_EXTENSION_BYTES = 4 * 1024
# Python before 3.11.10 and 3.12.6 searches them in quadratic time (CVE-2024-6232).
TAR_RECORDS_BYTES = 512 * 1024

# What the standard library raises on broken archives.
DAMAGE: tuple[type[Exception], ...] = (lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile)
DAMAGE += (zlib.error, struct.error, EOFError, OSError, LookupError, OverflowError)
DAMAGE += (RuntimeError, ValueError, MemoryError)


class UnsafeArchive(SubmissionUnreadable):
    """An archive that was refused as a whole: nothing of it was written."""


@dataclass(frozen=True)
class ArchiveLimits(TreeLimits):
    """The most that an archive may hold; sizes are bytes, counted while reading."""

    archive_bytes: int = 256 * MIB
    """The archive file."""
    nested_bytes: int = 20 * MIB
    """An archive in an archive, which is held in memory."""
    members: int = 100_000
    """Entries of an archive, where only one folder of it is wanted."""
    stream_bytes: int = 512 * MIB
    """A tar or 7z archive after decompression, ignored members included."""


LIMITS = ArchiveLimits()


@dataclass(frozen=True)
class Unpacked:
    """Checked files, path to content, and when the newest of them was changed, if that is known."""

    files: dict[str, bytes]
    newest: datetime | None


@dataclass(frozen=True)
class Archive:
    """An archive that somebody handed in, or one that lies in it: its name and its open file.

    All methods raise `UnsafeArchive` for damage, and for what is not let in.
    """

    name: str
    file: BinaryIO
    limits: ArchiveLimits = LIMITS

    def list_names(self) -> dict[str, datetime | None]:
        """List all paths but junk, folders with a slash at their end, and when they were changed.

        No file is read. One path that leads elsewhere is enough to refuse everything.
        """
        with self._tell_refusal():
            found = {}
            for member in self._iterate(self.limits.members, _want_nothing):
                path = make_plain(member.name)
                if not is_junk(path):
                    _refuse_escape(member.name)
                    found[path + "/" * member.is_folder] = member.modified
            return found

    def read(self, below: str = "") -> Unpacked:
        """Read all files but junk, or those below a folder; only they count towards limits."""

        def wanted(path: str) -> bool:
            return not is_junk(path) and _is_below(path, below)

        tree, times = FileTree(self.limits), []
        with self._tell_refusal():
            most = self.limits.members if below else self.limits.entries
            for member in self._iterate(most, wanted):
                if wanted(member.name):
                    _add(tree, member)
                    times.append(member.modified)
        return Unpacked(tree.files, max(filter(None, times), default=None))

    def open(self, path: str) -> "Archive":
        """Open an archive that lies in this one."""
        room = self.limits.nested_bytes
        limits = replace(self.limits, files=1, file_bytes=room, total_bytes=room)
        content = replace(self, limits=limits).read(path).files[path]
        return replace(self, name=path.rpartition("/")[2], file=io.BytesIO(content))

    def _iterate(self, most: int, wanted: Wanted) -> Iterator[Member]:
        members = _read_members(self.file, self.limits, most, wanted)
        for position, member in enumerate(members):
            if position >= most:
                raise _too_many(most)
            yield replace(member, name=member.name.replace("\\", "/"))  # as Windows writes it

    @contextmanager
    def _tell_refusal(self) -> Iterator[None]:
        try:
            with _damage_refused("it cannot be read as a zip or tar archive"):
                yield
        except RefusedFile as refusal:
            raise UnsafeArchive(
                f"Archive {quoted(self.name)} was refused because {refusal}"
                f" and pack it again with `{PACK_COMMAND}`."
            ) from refusal


def unpack(archive: Path, target: Path, limits: ArchiveLimits = LIMITS) -> None:
    """Unpack a zip, tar or 7z file, told by its content, into `target`, a folder absent or empty.

    Tar archives may be compressed with gzip, bzip2 or xz. Junk and empty folders are passed over.

    Raises `UnsafeArchive` for a link, a name or a size that is not let in, and for damage.
    """
    with archive.open("rb") as file:
        unpacked = Archive(archive.name, file, limits).read()
    write_files(unpacked.files, target)


def _want_nothing(_: str) -> bool:
    return False


def _is_below(name: str, folder: str) -> bool:
    """Tell whether a path is in a folder, or is it; everything is in the folder `""`."""
    return not folder or f"{make_plain(name)}/".startswith(f"{folder}/")


def _refuse_escape(name: str) -> None:
    if name.startswith("/"):
        raise RefusedFile(f"{quoted(name)} {ABSOLUTE}")
    if ".." in name.split("/"):
        raise RefusedFile(f"{quoted(name)} {OUTSIDE}")


def _add(tree: FileTree, member: Member) -> None:
    if member.problem:
        raise RefusedFile(f"{quoted(member.name)} {member.problem}")
    if member.is_folder:
        tree.add_folder(member.name)
        return
    with _damage_refused(f"{quoted(member.name)} is damaged"):
        tree.add_file(member.name, member.read)


@contextmanager
def _damage_refused(finding: str) -> Iterator[None]:
    try:
        yield
    except DAMAGE as damage:
        raise RefusedFile(f"{finding}: check the file") from damage


def _read_members(
    file: BinaryIO, limits: ArchiveLimits, most: int, wanted: Wanted
) -> Iterator[Member]:
    """Read the members of an archive, told by its first bytes."""
    if file.seek(0, io.SEEK_END) > limits.archive_bytes:
        large = f"it is larger than {mebibytes(limits.archive_bytes)}"
        raise RefusedFile(f"{large}: leave out '.venv', '.git' and data")
    file.seek(0)
    start = file.read(len(RAR_SIGNATURE))
    file.seek(0)
    if start == RAR_SIGNATURE:
        raise RefusedFile(RAR)
    if start == SEVEN_ZIP_SIGNATURE:
        return iterate_members(file, limits.stream_bytes, wanted)
    return _zip_members(file, most) if start[:4] in ZIP_SIGNATURES else _tar_members(file, limits)


def _too_many(most: int) -> RefusedFile:
    return RefusedFile(f"it holds more than {most} entries: leave some out")


def _zip_members(file: BinaryIO, most: int) -> Iterator[Member]:
    # `zipfile` builds an object for each entry on opening, so they are counted beforehand.
    if _count(file, ZIP_ENTRY_SIGNATURE) > most:
        raise _too_many(most)
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            name = _zip_name(entry)
            read = partial(_read_zip, archive, entry)
            is_folder = name.endswith(("/", "\\"))
            yield Member(name, is_folder, _zip_problem(entry), read, _zip_time(entry))


def _count(file: BinaryIO, signature: bytes) -> int:
    count, rest = 0, b""
    while block := file.read(MIB):
        count += (rest + block).count(signature)
        rest = block[1 - len(signature) :]
    file.seek(0)
    return count


def _zip_time(entry: zipfile.ZipInfo) -> datetime | None:
    """Return when a file was changed: exactly where the zip says it, else in local time."""
    extra = entry.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == ZIP_UNIX_TIME and len(field) >= 5 and field[0] & 1:
            return to_time(struct.unpack_from("<i", field, 1)[0])
        if kind == ZIP_WINDOWS_TIME and len(field) >= 16 and field[4:6] == b"\1\0":
            return to_time(struct.unpack_from("<Q", field, 8)[0] / 1e7 - WINDOWS_EPOCH)
    try:
        return to_time(datetime(*entry.date_time).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """Return the name as stored; macOS and Info-ZIP write UTF-8 without saying so."""
    name = entry.orig_filename
    if entry.flag_bits & ZIP_UTF8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeDecodeError:
        return name


def _zip_problem(entry: zipfile.ZipInfo) -> str | None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return LINK
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return SPECIAL
    if entry.flag_bits & ZIP_ENCRYPTED:
        return "is encrypted: remove the password"
    if entry.compress_type not in ZIP_METHODS:
        return "uses an unusual compression: make an ordinary zip"
    return None


def _read_zip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, size: int) -> bytes:
    with archive.open(entry) as file:
        return file.read(size)


class CappedStream(io.BufferedIOBase):
    """A stream that refuses to give more than `room` bytes."""

    def __init__(self, stream: io.BufferedIOBase, room: int) -> None:
        self._stream = stream
        self._room = room

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes, at most `size`."""
        block = self._stream.read(size)
        self._room -= len(block)
        if self._room < 0:
            raise RefusedFile(TOO_LARGE)
        return block


def _decompressed(file: BinaryIO) -> io.BufferedIOBase:
    start = file.read(6)
    file.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file)
    if start.startswith(b"BZh"):
        return bz2.BZ2File(file)
    if start == b"\xfd7zXZ\x00":
        return lzma.LZMAFile(file)
    return cast(io.BufferedIOBase, file)


def _strict_headers() -> type[tarfile.TarInfo]:
    """Return headers for one archive that stop at damage, which `tarfile` takes for its end."""
    room = TAR_RECORDS_BYTES

    class StrictHeader(tarfile.TarInfo):
        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
            nonlocal room
            try:
                header = super().frombuf(buf, encoding, errors)
            except tarfile.HeaderError as damage:
                if not buf.strip(b"\0"):  # no damage: this is how archives end
                    raise
                raise tarfile.ReadError(str(damage)) from damage
            if header.type in TAR_EXTENSIONS:
                room -= header.size if header.type in TAR_RECORDS else 0
                if header.size > TAR_EXTENSION_BYTES or room < 0:
                    raise RefusedFile("its headers are too large: leave out extended attributes")
            return header

    return StrictHeader


def _tar_members(file: BinaryIO, limits: ArchiveLimits) -> Iterator[Member]:
    stream = CappedStream(_decompressed(file), limits.stream_bytes)
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_strict_headers()) as archive:
        for entry in archive:
            read = partial(_read_tar, archive, entry)
            time = to_time(entry.mtime)
            yield Member(entry.name, entry.isdir(), _tar_problem(entry), read, time)


def _tar_problem(entry: tarfile.TarInfo) -> str | None:
    if entry.issym() or entry.islnk():
        return LINK
    if entry.isdir() or (entry.isreg() and not entry.issparse()):
        return None
    return SPECIAL


def _read_tar(archive: tarfile.TarFile, entry: tarfile.TarInfo, size: int) -> bytes:
    file = archive.extractfile(entry)
    return file.read(size) if file else b""
