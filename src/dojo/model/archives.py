"""Safe unpacking of a zip or tar archive that somebody handed in.

Every member is read and checked before the first byte is written, so a refusal leaves nothing
behind. What the unpacked files mean is the business of `submissions`.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from .file_trees import (
    LINK,
    MIB,
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

PACK_COMMAND = "python -m zipfile -c submission.zip app"

ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
ZIP_ENTRY_SIGNATURE = b"PK\x01\x02"
ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ZIP_ENCRYPTED = 0x1
ZIP_UTF8 = 0x800

TAR_EXTENSIONS = (b"x", b"g", b"X", b"L", b"K")  # pax records, GNU long names
# Python before 3.11.10 and 3.12.6 searches them in quadratic time (CVE-2024-6232).
TAR_EXTENSION_BYTES = 4 * 1024
TAR_EXTENSIONS_BYTES = 512 * 1024

# What the standard library raises on broken archives.
DAMAGE: tuple[type[Exception], ...] = (lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile)
DAMAGE += (zlib.error, struct.error, EOFError, OSError, LookupError, OverflowError)
DAMAGE += (RuntimeError, ValueError, MemoryError)


class UnsafeArchive(SubmissionUnreadable):
    """An archive that was refused as a whole: nothing of it was written."""


@dataclass(frozen=True)
class ArchiveLimits(TreeLimits):
    """The most that an archive may hold; sizes are bytes, counted while reading."""

    archive_bytes: int = 20 * MIB
    """The archive file, which is held in memory."""
    stream_bytes: int = 32 * MIB
    """A tar archive after decompression, ignored members included."""


LIMITS = ArchiveLimits()


@dataclass(frozen=True)
class Member:
    """One entry of an archive; `problem` says why it may not be unpacked."""

    name: str
    is_folder: bool
    problem: str | None
    read: Callable[[int], bytes]


def unpack(archive: Path, target: Path, limits: ArchiveLimits = LIMITS) -> None:
    """Unpack a zip or tar file, told by its content, into `target`, a folder absent or empty.

    Tar archives may be compressed with gzip, bzip2 or xz. Junk and empty folders are passed over.

    Raises `UnsafeArchive` for a link, a name or a size that is not let in, and for damage.
    """
    try:
        with _damage_refused("it cannot be read as a zip or tar archive"):
            tree = _read_members(_read_archive(archive, limits), limits)
    except RefusedFile as refusal:
        raise UnsafeArchive(
            f"Archive {quoted(archive.name)} was refused because {refusal}"
            f" and pack it again with `{PACK_COMMAND}`."
        ) from refusal
    write_files(tree.files, target)


@contextmanager
def _damage_refused(finding: str) -> Iterator[None]:
    try:
        yield
    except DAMAGE as damage:
        raise RefusedFile(f"{finding}: check the file") from damage


def _read_archive(archive: Path, limits: ArchiveLimits) -> bytes:
    with archive.open("rb") as file:
        content = file.read(limits.archive_bytes + 1)
    if len(content) > limits.archive_bytes:
        large = f"it is larger than {mebibytes(limits.archive_bytes)}"
        raise RefusedFile(f"{large}: leave out '.venv', '.git' and data")
    return content


def _read_members(content: bytes, limits: ArchiveLimits) -> FileTree:
    is_zip = content.startswith(ZIP_SIGNATURES)
    members = _zip_members(content, limits) if is_zip else _tar_members(content, limits)
    tree = FileTree(limits)
    for position, member in enumerate(members):
        if position >= limits.entries:
            raise _too_many(limits)
        if is_junk(member.name):
            continue
        if member.problem:
            raise RefusedFile(f"{quoted(member.name)} {member.problem}")
        if member.is_folder:
            tree.add_folder(member.name)
        else:
            with _damage_refused(f"{quoted(member.name)} is damaged"):
                tree.add_file(member.name, member.read)
    return tree


def _too_many(limits: ArchiveLimits) -> RefusedFile:
    return RefusedFile(f"it holds more than {limits.entries} entries: leave some out")


def _zip_members(content: bytes, limits: ArchiveLimits) -> Iterator[Member]:
    # `zipfile` builds an object for each entry on opening, so they are counted beforehand.
    if content.count(ZIP_ENTRY_SIGNATURE) > limits.entries:
        raise _too_many(limits)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            name = _zip_name(entry)
            read = partial(_read_zip, archive, entry)
            yield Member(name, name.endswith("/"), _zip_problem(entry), read)


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
            raise RefusedFile("it is too large when unpacked: leave out '.venv', '.git' and data")
        return block


def _decompressed(content: bytes) -> io.BufferedIOBase:
    file = io.BytesIO(content)
    if content.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file)
    if content.startswith(b"BZh"):
        return bz2.BZ2File(file)
    if content.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMAFile(file)
    return file


def _strict_headers() -> type[tarfile.TarInfo]:
    """Return headers for one archive that stop at damage, which `tarfile` takes for its end."""
    room = TAR_EXTENSIONS_BYTES

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
                room -= header.size
                if header.size > TAR_EXTENSION_BYTES or room < 0:
                    raise RefusedFile("its headers are too large: leave out extended attributes")
            return header

    return StrictHeader


def _tar_members(content: bytes, limits: ArchiveLimits) -> Iterator[Member]:
    stream = CappedStream(_decompressed(content), limits.stream_bytes)
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_strict_headers()) as archive:
        for entry in archive:
            read = partial(_read_tar, archive, entry)
            yield Member(entry.name, entry.isdir(), _tar_problem(entry), read)


def _tar_problem(entry: tarfile.TarInfo) -> str | None:
    if entry.issym() or entry.islnk():
        return LINK
    if entry.isdir() or (entry.isreg() and not entry.issparse()):
        return None
    return SPECIAL


def _read_tar(archive: tarfile.TarFile, entry: tarfile.TarInfo, size: int) -> bytes:
    file = archive.extractfile(entry)
    return file.read(size) if file else b""
