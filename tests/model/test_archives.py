"""Archives are unpacked whole and inside their target, or refused with nothing left behind."""

import io
import stat
import struct
import tarfile
import unicodedata
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Literal

import pytest

from dojo.model.archives import ArchiveLimits, UnsafeArchive, unpack
from dojo.model.file_trees import SubmissionUnreadable

MIB = 1024 * 1024
FILE = stat.S_IFREG | 0o644


@dataclass(frozen=True)
class Entry:
    """One member of a zip; `mode` as in `stat`, with the kind of file."""

    name: str
    content: bytes = b""
    mode: int = FILE


MAIN = Entry("app/main.py", b"from fastapi import FastAPI\n\napp = FastAPI()\n")


def zip_of(*entries: Entry, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Build a zip as a hostile or careless author could, twice the same name included."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")
        for entry in entries:
            info = zipfile.ZipInfo(entry.name)
            info.create_system = 3
            info.external_attr = entry.mode << 16
            archive.writestr(info, entry.content, compress_type=method)
    return buffer.getvalue()


def patched(archive: bytes, offset: int, local_offset: int, field: bytes) -> bytes:
    """Overwrite a field in both headers of the last member of a zip."""
    content = bytearray(archive)
    for signature, shift in ((b"PK\x01\x02", offset), (b"PK\x03\x04", local_offset)):
        start = content.rfind(signature) + shift
        content[start : start + len(field)] = field
    return bytes(content)


def member(name: str, content: bytes = b"", **header: object) -> bytes:
    """Build one member of a tar, header and padded content."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in header.items():
        setattr(info, field, value)
    return info.tobuf(tarfile.GNU_FORMAT) + padded(content)


def padded(content: bytes) -> bytes:
    """Fill up to whole blocks of a tar."""
    return content + bytes(-len(content) % tarfile.BLOCKSIZE)


def tar_of(*members: bytes, compression: str = "") -> bytes:
    """Join members to a tar, compressed with `gz`, `bz2`, `xz` or nothing."""
    content = b"".join((*members, bytes(2 * tarfile.BLOCKSIZE)))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{compression}") as archive:  # type: ignore[call-overload]
        archive.fileobj.write(content)
    return buffer.getvalue()


TAR_MAIN = member(MAIN.name, MAIN.content)


def link(name: str, target: object, kind: bytes = tarfile.SYMTYPE) -> bytes:
    """Build a link in a tar."""
    return member(name, type=kind, linkname=str(target))


def zip_link(name: str, target: object) -> Entry:
    """Build a link in a zip, as Info-ZIP stores it."""
    return Entry(name, str(target).encode(), stat.S_IFLNK | 0o777)


def lying_zip() -> bytes:
    """Build a zip whose last member says that it holds ten bytes and holds 64 MiB."""
    honest = zip_of(MAIN, Entry("app/liar.bin", bytes(64 * MIB)))
    return patched(honest, 24, 22, struct.pack("<I", 10))


def extended_header(digits: int) -> bytes:
    """Build a header with a long value, in which old versions of `tarfile` search for ages."""
    record = b" comment=%s\n" % (b"1" * digits)
    length = next(n for n in range(len(record), len(record) + 20) if n == len(b"%d" % n + record))
    return member("pax", b"%d" % length + record, type=tarfile.XHDTYPE)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return all files and links in a folder, folders as empty."""
    paths = sorted(folder.rglob("*"))
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in paths}


def written(target: Path) -> list[str]:
    """Return the relative paths of all files in `target`."""
    paths = (path for path in target.rglob("*") if path.is_file())
    return sorted(path.relative_to(target).as_posix() for path in paths)


@pytest.fixture
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to unpack into, deep enough to see what climbs out of it."""
    outside = tmp_path_factory.mktemp("it")  # short, for a message shows the beginning of a path
    folder = outside / "deep" / "target"
    folder.mkdir(parents=True)
    return folder


def refusal(content: bytes, target: Path, limits: ArchiveLimits | None = None) -> str:
    """Unpack `content`, which must be refused without a trace; return the message."""
    archive = target.parent / "alice.zip"
    archive.write_bytes(content)
    before = snapshot(target.parent.parent)

    with pytest.raises(UnsafeArchive) as caught:
        unpack(archive, target, limits or ArchiveLimits())

    assert snapshot(target.parent.parent) == before
    return str(caught.value)


Build = Callable[[Path], bytes]

HOSTILE: dict[str, tuple[Build, str]] = {
    "zip slip": (
        lambda _: zip_of(MAIN, Entry("../../escaped.txt", b"slip")),
        "'../../escaped.txt' points outside its folder",
    ),
    "zip slip on the way": (
        lambda _: zip_of(MAIN, Entry("app/../../escaped.txt", b"slip")),
        "'app/../../escaped.txt' points outside its folder",
    ),
    "zip with an absolute path": (
        lambda outside: zip_of(MAIN, Entry(f"{outside}/absolute.txt", b"absolute")),
        "absolute.txt' is an absolute path",
    ),
    "zip with a drive": (
        lambda _: zip_of(MAIN, Entry("C:/absolute.txt", b"absolute")),
        "'C:/absolute.txt' has a name that some computers cannot use",
    ),
    "zip with backslashes": (
        lambda _: zip_of(MAIN, Entry("app\\..\\..\\windows.txt", b"slip")),
        "'app/../../windows.txt' points outside its folder",
    ),
    "zip with a folder that climbs out": (
        lambda _: zip_of(MAIN, Entry("../escaped/", mode=stat.S_IFDIR | 0o755)),
        "'../escaped/' points outside its folder",
    ),
    "zip with a link": (
        lambda outside: zip_of(MAIN, zip_link("app/key", outside / "secret")),
        "'app/key' is a link",
    ),
    "zip that writes through a link": (
        lambda outside: zip_of(MAIN, zip_link("out", outside), Entry("out/through.txt", b"x")),
        "'out' is a link",
    ),
    "zip with a pipe": (
        lambda _: zip_of(MAIN, Entry("app/pipe", mode=stat.S_IFIFO | 0o666)),
        "'app/pipe' is not a regular file",
    ),
    "zip with a device": (
        lambda _: zip_of(MAIN, Entry("app/disk", mode=stat.S_IFBLK | 0o666)),
        "'app/disk' is not a regular file",
    ),
    "zip with a member twice": (
        lambda _: zip_of(MAIN, Entry(MAIN.name, b"raise SystemExit(0)\n")),
        "'app/main.py' occurs twice",
    ),
    "zip with names that differ in case": (
        lambda _: zip_of(MAIN, Entry("app/MAIN.py")),
        "'app/MAIN.py' has the same name as 'app/main.py'",
    ),
    "zip with folders that differ in case": (
        lambda _: zip_of(MAIN, Entry("APP/other.py")),
        "'APP/other.py' has the same name as 'app'",
    ),
    "zip with names that differ in Unicode form": (
        lambda _: zip_of(Entry("app/\u00e9.py"), Entry("app/e\u0301.py")),
        "'app/é.py' occurs twice",
    ),
    "zip with names that differ in Unicode form and case": (
        lambda _: zip_of(Entry("app/\u00e9.py"), Entry("app/E\u0301.py")),
        "'app/É.py' has the same name as 'app/é.py'",
    ),
    "zip with a file for a folder": (
        lambda _: zip_of(Entry("app", b"file"), MAIN),
        "'app/main.py' has the same name as 'app'",
    ),
    "zip with a folder for a file": (
        lambda _: zip_of(MAIN, Entry("app", b"file")),
        "'app' occurs twice",
    ),
    "zip with control characters": (
        lambda _: zip_of(MAIN, Entry("app/\x1b[2Jevil\n7 passed.py")),
        r"'app/\x1b[2Jevil\n7 passed.py' has a name that some computers cannot use",
    ),
    "zip with text that runs backwards": (
        lambda _: zip_of(MAIN, Entry("app/\u202eyp.niam")),
        r"'app/\u202eyp.niam' has a name that some computers cannot use",
    ),
    "zip with a name cut short by a zero": (
        lambda _: zip_of(MAIN, Entry("app/main.txt")).replace(b"main.txt", b"main\0txt"),
        r"'app/main\x00txt' has a name that some computers cannot use",
    ),
    "zip with a trailing dot": (
        lambda _: zip_of(MAIN, Entry("app/main.py.")),
        "'app/main.py.' has a name that some computers cannot use",
    ),
    "zip with a console": (
        lambda _: zip_of(MAIN, Entry("app/CON")),
        "'app/CON' is the name of a device on Windows",
    ),
    "zip with a device and a suffix": (
        lambda _: zip_of(MAIN, Entry("app/aux.py")),
        "'app/aux.py' is the name of a device on Windows",
    ),
    "zip with a long name": (
        lambda _: zip_of(MAIN, Entry(f"app/{'a' * 240}.py")),
        "aaa…' has a name that is too long",
    ),
    "zip with a long path": (
        lambda _: zip_of(MAIN, Entry("/".join(["app", *["a" * 90] * 3, "x.py"]))),
        "aaa…' has a name that is too long",
    ),
    "zip with deep folders": (
        lambda _: zip_of(MAIN, Entry("a/" * 12 + "x.py")),
        "x.py' is nested more than 12 folders deep",
    ),
    "zip bomb": (
        lambda _: zip_of(MAIN, Entry("app/pad.bin", bytes(64 * MIB))),
        "'app/pad.bin' is larger than 1 MiB",
    ),
    "zip bomb in small pieces": (
        lambda _: zip_of(MAIN, *(Entry(f"app/pad{n}.bin", bytes(MIB)) for n in range(64))),
        "'app/pad4.bin' makes it larger than 5 MiB",
    ),
    "zip with a lying size": (lambda _: lying_zip(), "'app/liar.bin' is damaged"),
    "zip with 301 files": (
        lambda _: zip_of(MAIN, *(Entry(f"app/f{n}") for n in range(300))),
        "it holds more than 300 files",
    ),
    "zip with 20 000 members": (
        lambda _: zip_of(MAIN, *(Entry(f"app/f{n}") for n in range(20_000)), method=0),
        "it holds more than 5000 entries",
    ),
    "zip with a flood of junk": (
        lambda _: zip_of(MAIN, *(Entry(f"__pycache__/f{n}") for n in range(5_000)), method=0),
        "it holds more than 5000 entries",
    ),
    "zip with a password": (
        lambda _: patched(zip_of(MAIN, Entry("app/key.py", b"x")), 8, 6, b"\x01\x00"),
        "'app/key.py' is encrypted",
    ),
    "zip with a rare method": (
        lambda _: zip_of(MAIN, method=zipfile.ZIP_LZMA),
        "'app/main.py' uses an unusual compression",
    ),
    "tar that climbs out": (
        lambda _: tar_of(TAR_MAIN, member("../../escaped.txt", b"slip"), compression="gz"),
        "'../../escaped.txt' points outside its folder",
    ),
    "tar with an absolute path": (
        lambda outside: tar_of(TAR_MAIN, member(f"{outside}/absolute.txt", b"absolute")),
        "absolute.txt' is an absolute path",
    ),
    "tar with a link": (
        lambda outside: tar_of(TAR_MAIN, link("app/key", outside / "secret"), compression="gz"),
        "'app/key' is a link",
    ),
    "tar that writes through a link": (
        lambda outside: tar_of(TAR_MAIN, link("out", outside), member("out/through.txt", b"x")),
        "'out' is a link",
    ),
    "tar with a hard link": (
        lambda outside: tar_of(TAR_MAIN, link("app/key", outside / "secret", tarfile.LNKTYPE)),
        "'app/key' is a link",
    ),
    "tar with a pipe": (
        lambda _: tar_of(TAR_MAIN, member("app/pipe", type=tarfile.FIFOTYPE)),
        "'app/pipe' is not a regular file",
    ),
    "tar with a device": (
        lambda _: tar_of(TAR_MAIN, member("app/null", type=tarfile.CHRTYPE, devmajor=1)),
        "'app/null' is not a regular file",
    ),
    "tar with a file full of holes": (
        lambda _: tar_of(TAR_MAIN, member("app/holes", type=tarfile.GNUTYPE_SPARSE)),
        "'app/holes' is not a regular file",
    ),
    "tar with a name that is no text": (
        lambda _: tar_of(TAR_MAIN, member("app/\udcff.py", b"x")),
        r"'app/\udcff.py' has a name that some computers cannot use",
    ),
    "tar bomb": (
        lambda _: tar_of(TAR_MAIN, member("app/pad.bin", bytes(64 * MIB)), compression="gz"),
        "'app/pad.bin' is larger than 1 MiB",
    ),
    "tar bomb in a header": (
        lambda _: tar_of(TAR_MAIN, extended_header(64 * MIB), compression="xz"),
        "its headers are too large",
    ),
    "tar with a flood of headers": (
        lambda _: tar_of(
            TAR_MAIN, *[extended_header(1_000), member(".git/x")] * 530, compression="gz"
        ),
        "its headers are too large",
    ),
    "tar with a chain of headers": (
        lambda _: tar_of(TAR_MAIN, *[extended_header(0)] * 20_000, compression="gz"),
        "it cannot be read as a zip or tar archive",
    ),
    "tar with a negative size": (
        lambda _: tar_of(TAR_MAIN, member("app/x", size=-512), TAR_MAIN),
        "it cannot be read as a zip or tar archive",
    ),
    "tar with 20 000 members": (
        lambda _: tar_of(*(member(f"app/f{n}") for n in range(20_000)), compression="gz"),
        "it holds more than 300 files",
    ),
    "tar with a flood of junk": (
        lambda _: tar_of(*[member(".git/x")] * 20_000, compression="gz"),
        "it holds more than 5000 entries",
    ),
    "tar that lost a block": (
        lambda _: tar_of(TAR_MAIN, b"x" * tarfile.BLOCKSIZE, TAR_MAIN),
        "it cannot be read as a zip or tar archive",
    ),
    "tar cut short": (
        lambda _: tar_of(TAR_MAIN, member("app/x.py", b"x" * 99))[: 3 * 512 + 50],
        "'app/x.py' is damaged",
    ),
    "compressed tar cut short": (
        lambda _: tar_of(TAR_MAIN, member("app/x.py", b"x" * 99), compression="gz")[:-20],
        "it cannot be read as a zip or tar archive",
    ),
    "zip cut short": (
        lambda _: zip_of(MAIN)[:-30],
        "it cannot be read as a zip or tar archive",
    ),
    "a text": (
        lambda _: b"from fastapi import FastAPI\n" * 40,
        "it cannot be read as a zip or tar archive",
    ),
    "nothing at all": (
        lambda _: b"",
        "it cannot be read as a zip or tar archive",
    ),
}


@pytest.mark.parametrize(("build", "finding"), HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_archive_is_refused(build: Build, finding: str, target: Path) -> None:
    """A hostile or damaged archive leaves no trace, and one sentence says why."""
    (target.parent.parent / "secret").write_text("private")

    message = refusal(build(target.parent.parent), target)

    assert finding in message, "the sentence names the member and the reason"
    assert message.startswith("Archive 'alice.zip' was refused because ")
    assert message.endswith(" and pack it again with `python -m zipfile -c submission.zip app`.")
    assert message.isprintable()
    assert ". " not in message, "one sentence"


def test_bombs_in_junk_are_refused(target: Path) -> None:
    """What is ignored is decompressed as well, so it counts towards the size of the stream."""
    bomb = tar_of(TAR_MAIN, member(".git/pad.bin", bytes(9 * MIB)), compression="bz2")

    message = refusal(bomb, target, ArchiveLimits(stream_bytes=8 * MIB))

    assert "it is too large when unpacked" in message


def test_refusal_creates_no_target(tmp_path: Path) -> None:
    """A target that did not exist does not exist after a refusal either."""
    archive = tmp_path / "alice.tar"
    archive.write_bytes(tar_of(TAR_MAIN, link("app/key", "/etc/passwd")))

    with pytest.raises(SubmissionUnreadable):
        unpack(archive, tmp_path / "target")

    assert not (tmp_path / "target").exists()


def test_smaller_limits_are_kept(target: Path) -> None:
    """Limits are the caller's to set, and count bytes that were read."""
    limits = ArchiveLimits(file_bytes=len(MAIN.content) - 1)

    assert "'app/main.py' is larger than" in refusal(zip_of(MAIN), target, limits)


def test_broken_bytes_never_escape(target: Path) -> None:
    """Whatever bytes are broken, an archive is unpacked or refused: no other error comes out."""
    random = Random(7)
    whole = [zip_of(MAIN), tar_of(TAR_MAIN)]
    whole += [tar_of(TAR_MAIN, compression=each) for each in ("gz", "bz2", "xz")]
    archive = target.parent / "broken"
    outcomes = set()

    for trial in range(400):
        content = bytearray(random.choice(whole))
        for _ in range(random.randint(1, 3)):
            content[random.randrange(len(content))] = random.randrange(256)
        archive.write_bytes(content)
        try:
            unpack(archive, target / str(trial))
            outcomes.add("unpacked")
        except UnsafeArchive:
            outcomes.add("refused")

    assert outcomes == {"unpacked", "refused"}


@pytest.mark.parametrize("compression", ["", "gz", "bz2", "xz"])
def test_tar_is_told_by_content(compression: str, target: Path) -> None:
    """A tar is unpacked however it is compressed and whatever it is called."""
    archive = target.parent / "submission.zip"
    archive.write_bytes(
        tar_of(member("./", type=tarfile.DIRTYPE), TAR_MAIN, compression=compression)
    )

    unpack(archive, target)

    assert (target / "app/main.py").read_bytes() == MAIN.content


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zip_is_told_by_content(method: int, target: Path) -> None:
    """A zip is unpacked whatever it is called."""
    archive = target.parent / "submission.tar.gz"
    archive.write_bytes(zip_of(Entry("app/", mode=stat.S_IFDIR | 0o755), MAIN, method=method))

    unpack(archive, target)

    assert (target / "app/main.py").read_bytes() == MAIN.content


def test_junk_of_tools_is_ignored(target: Path) -> None:
    """What file managers, version control and Python add is passed over, links included."""
    archive = target.parent / "mac.zip"
    junk = ["__MACOSX/app/._main.py", "app/.DS_Store", "app/._main.py", ".git/HEAD"]
    junk += ["app/__pycache__/main.cpython-311.pyc", "app/old.pyc", ".dojo/saved/app/main.py"]
    python = zip_link("work/.venv/bin/python", "/usr/bin/python3")
    archive.write_bytes(zip_of(MAIN, python, *map(Entry, junk)))

    unpack(archive, target)

    assert written(target) == ["app/main.py"]


def test_nested_folders_are_kept(target: Path) -> None:
    """Folders come out as they were packed, and empty ones are left out."""
    archive = target.parent / "submission.tgz"
    names = ["fastapi-katas-main/README.md", "fastapi-katas-main/exercises/03_x/app/routers/a.py"]
    empty = member("fastapi-katas-main/docs", type=tarfile.DIRTYPE)
    archive.write_bytes(tar_of(empty, *map(member, names), compression="gz"))

    unpack(archive, target)

    assert written(target) == names
    assert not (target / "fastapi-katas-main/docs").exists()


@pytest.mark.parametrize("name", ["app/größe.py", "app/価格.py", "app/my notes (2).txt"])
def test_unicode_names_are_kept(name: str, target: Path) -> None:
    """Names in any script come out in the composed form, from a zip and from a tar."""
    archive = target.parent / "submission"
    decomposed = unicodedata.normalize("NFD", name)

    archive.write_bytes(zip_of(Entry(decomposed)))
    unpack(archive, target / "zip")
    archive.write_bytes(tar_of(member(decomposed)))
    unpack(archive, target / "tar")

    assert written(target) == [f"tar/{name}", f"zip/{name}"]


def test_undeclared_utf8_is_read(target: Path) -> None:
    """Zips of macOS hold names in UTF-8 without the flag that says so."""
    archive = target.parent / "mac.zip"
    archive.write_bytes(patched(zip_of(Entry("app/größe.py")), 8, 6, b"\x00\x00"))

    unpack(archive, target)

    assert written(target) == ["app/größe.py"]


def test_old_windows_names_are_read(target: Path) -> None:
    """Names that are no UTF-8 are taken for the code page that old zips use."""
    archive = target.parent / "old.zip"
    stored = zip_of(Entry("app/gr__e.py")).replace(b"gr__e", "größe".encode("cp437"))
    archive.write_bytes(stored)

    unpack(archive, target)

    assert written(target) == ["app/größe.py"]


def test_special_bits_are_dropped(target: Path) -> None:
    """Every file is written for its owner to change and for all to read, nothing more."""
    archive = target.parent / "submission"
    everything = stat.S_IFREG | 0o6777

    archive.write_bytes(zip_of(Entry("app/run.py", mode=everything)))
    unpack(archive, target / "zip")
    archive.write_bytes(tar_of(member("app/run.py", mode=0o6777)))
    unpack(archive, target / "tar")

    modes = {stat.S_IMODE(path.stat().st_mode) for path in target.rglob("*.py")}
    assert modes == {0o644}


def test_target_in_use_is_kept(target: Path) -> None:
    """A target that holds something is the caller's mistake, and nothing in it is touched."""
    archive = target.parent / "submission.zip"
    archive.write_bytes(zip_of(MAIN))
    (target / "notes.txt").write_text("mine")

    with pytest.raises(FileExistsError, match="is not empty"):
        unpack(archive, target)

    assert written(target) == ["notes.txt"]


JUNK = Entry("__pycache__/main.pyc")
SMALL_TAR = tar_of(TAR_MAIN)[: tarfile.RECORDSIZE]  # `tarfile` reads whole records

LIMITS: dict[str, tuple[bytes, str, int, str]] = {
    "an archive file": (
        zip_of(MAIN), "archive_bytes", len(zip_of(MAIN)), "leave out '.venv', '.git' and data",
    ),
    "a tar when unpacked": (
        SMALL_TAR, "stream_bytes", len(SMALL_TAR), "it is too large when unpacked: leave out",
    ),
    "entries of a zip": (
        zip_of(MAIN, JUNK), "entries", 2, "it holds more than 1 entries: leave some out",
    ),
    "entries of a tar": (
        tar_of(TAR_MAIN, member(JUNK.name)), "entries", 2, "it holds more than 1 entries: leave",
    ),
    "files": (
        zip_of(MAIN, Entry("app/a.py")), "files", 2, "it holds more than 1 files: leave some out",
    ),
    "a file": (
        zip_of(MAIN), "file_bytes", len(MAIN.content), "'app/main.py' is larger than",
    ),
    "files together": (
        zip_of(MAIN, Entry("app/z.py", b"z")), "total_bytes", len(MAIN.content) + 1,
        "'app/z.py' makes it larger than",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "limit", "size", "finding"), LIMITS.values(), ids=list(LIMITS))
def test_limits_let_in_their_size(
    content: bytes, limit: str, size: int, finding: str, target: Path
) -> None:
    """What is as large as a limit is unpacked; what is larger by one is refused."""
    archive = target.parent / "submission"
    archive.write_bytes(content)
    unpack(archive, target / "unpacked", ArchiveLimits(**{limit: size}))

    assert (target / "unpacked/app/main.py").read_bytes() == MAIN.content
    assert finding in refusal(content, target, ArchiveLimits(**{limit: size - 1}))


@pytest.mark.parametrize("kind", [b"x", b"g", b"X", b"L", b"K"])
def test_long_headers_are_refused(kind: bytes, target: Path) -> None:
    """Whatever a tar puts before a member, a name or attributes, has to be short."""
    long = member("long", b"app/" + b"a" * 4096, type=kind)

    message = refusal(tar_of(long, TAR_MAIN), target)

    assert "its headers are too large: leave out extended attributes" in message


def long_record(size: int) -> bytes:
    """Build a member, one that is ignored, before which stands a record of so many bytes."""
    record = (b"%d comment=" % size).ljust(size - 1, b"x") + b"\n"
    return member("pax", record, type=tarfile.XHDTYPE) + member(JUNK.name)


def test_headers_may_fill_their_room(target: Path) -> None:
    """A header may take 4 KiB, all records of pax 512 KiB together, and not a byte more."""
    archive = target.parent / "submission.tar"
    full = [long_record(4096)] * 128
    archive.write_bytes(tar_of(*full, TAR_MAIN, compression="gz"))
    unpack(archive, target / "unpacked")

    assert written(target) == ["unpacked/app/main.py"]
    assert "headers are too large" in refusal(tar_of(long_record(4097), TAR_MAIN), target)
    assert "headers are too large" in refusal(tar_of(*full, long_record(20), TAR_MAIN), target)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_read(form: Literal[0, 1, 2], target: Path) -> None:
    """Every kind of tar has its own way to store a path of more than 100 bytes."""
    path = f"app/{'a' * 60}/{'b' * 60}.py"
    archive = target.parent / "submission.tar"
    archive.write_bytes(tar_of(tarfile.TarInfo(path).tobuf(form)))

    unpack(archive, target)

    assert written(target) == [path]


def test_zip_without_modes_is_unpacked(target: Path) -> None:
    """A zip of Windows says nothing about kinds of files."""
    archive = target.parent / "windows.zip"
    archive.write_bytes(zip_of(Entry("app/", mode=0), replace(MAIN, mode=0)))

    unpack(archive, target)

    assert written(target) == ["app/main.py"]


def test_declared_utf8_is_read(target: Path) -> None:
    """A name that is declared to be UTF-8 is taken as it stands."""
    archive = target.parent / "new.zip"
    name = "app/\u251c\u2502.py"  # what the two bytes of an ö are in the old code page
    archive.write_bytes(zip_of(Entry(name)))

    unpack(archive, target)

    assert written(target) == [name]


def test_empty_zip_holds_nothing(target: Path) -> None:
    """A zip without members is a zip: nothing comes out of it."""
    archive = target.parent / "empty.zip"
    archive.write_bytes(zip_of())

    unpack(archive, target / "unpacked")

    assert written(target) == []
    assert (target / "unpacked").is_dir()


ADVICE = {
    "a link": (
        zip_of(zip_link("a", "b")),
        "'a' is a link: replace it with the file or folder itself",
    ),
    "a pipe": (
        zip_of(Entry("a", mode=stat.S_IFIFO)), "'a' is not a regular file: leave it out",
    ),
    "a password": (
        patched(zip_of(MAIN), 8, 6, b"\x01\x00"),
        "'app/main.py' is encrypted: remove the password",
    ),
    "a rare method": (
        zip_of(MAIN, method=zipfile.ZIP_BZIP2),
        "'app/main.py' uses an unusual compression: make an ordinary zip",
    ),
    "damage of a member": (
        zip_of(MAIN, method=0).replace(MAIN.content, bytes(len(MAIN.content))),
        "'app/main.py' is damaged: check the file",
    ),
    "no archive": (b"", "it cannot be read as a zip or tar archive: check the file"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "finding"), ADVICE.values(), ids=list(ADVICE))
def test_refusal_says_what_to_do(content: bytes, finding: str, target: Path) -> None:
    """The whole sentence names the archive, the member, the reason and the next step."""
    assert refusal(content, target) == (
        f"Archive 'alice.zip' was refused because {finding} and pack it again with"
        " `python -m zipfile -c submission.zip app`."
    )
