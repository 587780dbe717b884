"""Zip archives: what is in them, and how much of it was read. What may be in them is not known.

Everything that an entry says of itself was written by whoever made the archive.
"""

import logging
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import IO, BinaryIO

DAMAGE = (EOFError, NotImplementedError, OSError, RuntimeError, ValueError)

logger = logging.getLogger("kata.archives")


class BadArchive(Exception):
    """This is no zip archive, or it is damaged."""


@contextmanager
def report_damage() -> Iterator[None]:
    """Raise `BadArchive` for what `zipfile` raises: encrypted entries are damaged, too."""
    try:
        yield
    except (*DAMAGE, zipfile.BadZipFile, zlib.error, struct.error) as error:
        raise BadArchive("This is no zip archive, or it is damaged.") from error


class Entry:
    """A file in an archive, and the size that it will have by what it says of itself."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        self.name = info.filename
        self.size = info.file_size
        self._archive = archive
        self._info = info

    @cached_property
    def _file(self) -> IO[bytes]:
        return self._archive.open(self._info)

    def read(self, size: int = -1) -> bytes:
        """Unpack up to `size` more bytes, or all of them, and log how many.

        Nothing is left where it gives `b""`; `BadArchive` if the entry is damaged.
        """
        with report_damage():
            piece = self._file.read(size)
        logger.info("read", extra={"entry": self.name[:100], "size": len(piece)})
        return piece


def open_archive(file: BinaryIO) -> list[Entry]:
    """Give the entries of an archive in their order, folders left out; nothing is read yet.

    `BadArchive` if it cannot be read.
    """
    with report_damage():
        archive = zipfile.ZipFile(file)
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
        raise BadArchive("The archive is packed in a way that is not known.")
    return [Entry(archive, info) for info in infos]
