"""A 7z is read like any archive, within the same limits, where the package for it is there."""

import io
import struct
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from dojo.model.archives import Archive, ArchiveLimits, UnsafeArchive, unpack
from dojo.model.staging import find, read

py7zr = pytest.importorskip("py7zr")

KATA = "03_dependencies"
MAIN = {"app/main.py": b"x = 1\n"}
MIB = 1 << 20


def pack(files: Mapping[str, bytes], **options: object) -> bytes:
    """Pack files as a 7z."""
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(content, name)
    return buffer.getvalue()


def rename(name: str, new: str) -> bytes:
    """Pack a file under a name, of the same length, that `py7zr` itself would not write."""
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as archive:
        archive.set_encoded_header_mode(False)
        archive.writestr(b"", name)
        archive.writestr(b"x = 1\n", "app/main.py")
    content = bytearray(buffer.getvalue().replace(name.encode("utf-16le"), new.encode("utf-16le")))
    offset, size = struct.unpack_from("<QQ", content, 12)
    struct.pack_into("<I", content, 28, zlib.crc32(content[32 + offset : 32 + offset + size]))
    struct.pack_into("<I", content, 8, zlib.crc32(content[12:32]))
    return bytes(content)


def refusal(content: bytes, tmp_path: Path, limits: ArchiveLimits | None = None) -> str:
    """Read what has to be refused; give the message."""
    archive = Archive("alice.7z", io.BytesIO(content), limits or ArchiveLimits())
    with pytest.raises(UnsafeArchive) as caught:
        _read(archive)
    assert list(tmp_path.iterdir()) == []
    return str(caught.value)


def _read(archive: Archive) -> None:
    archive.list_names()
    archive.read("app")


def test_seven_zip_is_unpacked(tmp_path: Path) -> None:
    """All files come out as they were packed, empty ones too."""
    (tmp_path / "alice.7z").write_bytes(pack({**MAIN, "app/__init__.py": b""}))

    unpack(tmp_path / "alice.7z", tmp_path / "target")

    assert (tmp_path / "target/app/main.py").read_bytes() == b"x = 1\n"
    assert (tmp_path / "target/app/__init__.py").read_bytes() == b""


def test_kata_is_found_in_seven_zip(tmp_path: Path) -> None:
    """Only `app/` is read, and its newest file says when it was made."""
    content = pack({"r/docs/large.bin": bytes(9 * MIB), "r/app/main.py": b"found"})
    (tmp_path / "alice.7z").write_bytes(content)

    found = find(tmp_path / "alice.7z", KATA, tmp_path / "scratch")

    assert read(found.folder) == {"app/main.py": b"found"}
    assert found.newest is not None


HOSTILE: dict[str, tuple[bytes, str]] = {
    "a path that climbs out": (rename("aa/bb/x.txt", "../../x.txt"), "points outside its folder"),
    "a large file": (pack({"app/main.py": bytes(2 * MIB)}), "'app/main.py' is larger than 1 MiB"),
    "a bomb beside app": (
        pack({**MAIN, "pad.bin": bytes(65 * MIB)}),
        "'pad.bin' is larger than 64 MiB: leave it out",
    ),
    "a password": (pack(MAIN, password="x"), "an unusual compression or a password"),
    "a password for names": (
        pack(MAIN, password="x", header_encryption=True),
        "an unusual compression or a password",
    ),
    "a rare method": (
        pack(MAIN, filters=[{"id": py7zr.FILTER_DEFLATE}]),
        "an unusual compression or a password",
    ),
    "a lost end": (pack(MAIN)[:-9], "it cannot be read as a 7z archive"),
}


@pytest.mark.parametrize(("content", "finding"), HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_seven_zip_is_refused(content: bytes, finding: str, tmp_path: Path) -> None:
    """What is not let in is refused before it takes memory, and nothing is written."""
    message = refusal(content, tmp_path)

    assert finding in message
    assert message.startswith("Archive 'alice.7z' was refused because ")


def test_bombs_in_pieces_are_refused(tmp_path: Path) -> None:
    """All that is in a 7z counts, because it is decompressed as one stream."""
    content = pack({**MAIN, **{f"pad{number}": bytes(MIB) for number in range(4)}})

    assert "too large when unpacked" in refusal(content, tmp_path, ArchiveLimits(stream_bytes=MIB))


def test_broken_bytes_never_escape(tmp_path: Path) -> None:
    """Whatever byte is broken, no other error comes out."""
    whole = pack({**MAIN, "app/a.py": b"y = 2\n" * 40})
    outcomes = set()
    for position in range(6, len(whole), 3):
        content = bytearray(whole)
        content[position] ^= 0x55
        try:
            Archive("alice.7z", io.BytesIO(bytes(content))).read("app")
            outcomes.add("read")
        except UnsafeArchive:
            outcomes.add("refused")

    assert "refused" in outcomes
    assert list(tmp_path.iterdir()) == []


def test_missing_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who lacks the package hears how to install it, and what else helps."""
    monkeypatch.setitem(sys.modules, "py7zr", None)

    message = refusal(b"7z\xbc\xaf\x27\x1c" + bytes(40), tmp_path)

    assert "a package is missing: run `nox -s archives` once" in message
