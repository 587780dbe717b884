"""What people really hand in is found by the names of its folders, or told with what is missing."""

import io
import os
import tarfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dojo.model.file_trees import SubmissionUnreadable
from dojo.model.staging import KataMissing, Located, find, read

KATA = "03_dependencies"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

FOUND = {
    "backslashes of Windows": ["app\\main.py", "app\\routers\\a.py"],
    "a folder of backslashes": ["work\\", "work\\app\\", "work\\app\\main.py"],
    "an app in an app": ["app/app/main.py", "app/README.md"],
    "two wrappers": ["Downloads/homework/app/main.py"],
    "a repository with node_modules": ["app/main.py", "node_modules/x/app/main.py", ".git/HEAD"],
    "a repository with an environment": ["r/app/main.py", "r/venv/lib/app/main.py", "r/README.md"],
    "folders beside it": ["app/main.py", "docs/index.md", "tests/test_app.py"],
}


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """Pack files, under names as they are."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo("x")
            entry.filename = name
            archive.writestr(entry, content)
    return buffer.getvalue()


def locate(tmp_path: Path, content: bytes, name: str = "alice.zip") -> Located:
    """Find the kata in an archive."""
    (tmp_path / name).write_bytes(content)
    return find(tmp_path / name, KATA, tmp_path / "scratch")


def refusal(tmp_path: Path, content: bytes, name: str = "alice.zip") -> str:
    """Look for a kata where it cannot be found; give the message."""
    with pytest.raises(SubmissionUnreadable) as caught:
        locate(tmp_path, content, name)
    assert not (tmp_path / "scratch").exists()
    return str(caught.value)


@pytest.mark.parametrize("names", FOUND.values(), ids=list(FOUND))
def test_usual_shapes_are_found(names: list[str], tmp_path: Path) -> None:
    """The files of the one `app/` that is meant are read, and nothing else."""
    found = locate(tmp_path, zip_of(dict.fromkeys(names, b"x = 1\n")))

    assert read(found.folder)["app/main.py"] == b"x = 1\n"
    assert all(name.startswith("app/") for name in read(found.folder))


def test_own_package_is_kept(tmp_path: Path) -> None:
    """A package `app` inside of an `app/` with programs is the student's own."""
    found = locate(tmp_path, zip_of({"app/main.py": b"outer", "app/app/main.py": b"inner"}))

    assert read(found.folder)["app/main.py"] == b"outer"


def test_only_app_counts(tmp_path: Path) -> None:
    """Whatever lies beside `app/` is no reason to refuse it, however much and large that is."""
    files = {f"data/{number}.csv": b"x" for number in range(6_000)}
    files |= {"data/large.bin": bytes(9 << 20), f"{'deep/' * 30}x": b"", "a:b?.txt": b""}

    assert read(locate(tmp_path, zip_of({**files, "app/main.py": b""})).folder) == {
        "app/main.py": b""
    }


def test_links_beside_app_are_ignored(tmp_path: Path) -> None:
    """Tools fill `bin/` with links, which are neither read nor written."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, target in (("bin/python", "/usr/bin/python3"), ("app/main.py", "")):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = (tarfile.SYMTYPE if target else tarfile.REGTYPE), target
            archive.addfile(entry)

    found = locate(tmp_path, buffer.getvalue(), "alice.tar.gz")

    assert read(found.folder) == {"app/main.py": b""}
    assert not list((tmp_path / "scratch").rglob("python"))


def test_escapes_beside_app_are_refused(tmp_path: Path) -> None:
    """No honest tool writes a path that leads out of an archive."""
    for name in ("../x.txt", "docs\\..\\..\\x.txt", "/etc/x"):
        assert "was refused because" in refusal(tmp_path, zip_of({"app/main.py": b"", name: b""}))


@pytest.mark.parametrize("wrapper", ["", "mine/"])
def test_archive_in_archive_is_found(wrapper: str, tmp_path: Path) -> None:
    """An archive may lie in another one, as it was downloaded."""
    inner = zip_of({f"{KATA}/app/main.py": b"found"})
    outer = zip_of({f"{wrapper}work.zip": inner, f"{wrapper}report.pdf": b"%PDF"})

    found = locate(tmp_path, outer)

    assert read(found.folder) == {"app/main.py": b"found"}
    assert found.trail == ("alice.zip", "work.zip", KATA, "app")


def nest(times: int) -> bytes:
    """Put an archive into an archive, so many times."""
    content = zip_of({"app/main.py": b""})
    for _ in range(times):
        content = zip_of({"work.zip": content})
    return content


def test_nesting_has_an_end(tmp_path: Path) -> None:
    """Archives in archives in archives are opened, and no more of them."""
    assert locate(tmp_path / "", nest(2)).newest is None
    (tmp_path / "deep").mkdir()
    assert "archives in archives, more than 2 deep" in refusal(tmp_path / "deep", nest(3))


def test_inner_archives_are_hostile_too(tmp_path: Path) -> None:
    """Limits and checks hold for each archive, also for one in another."""
    escape = zip_of({"work.zip": zip_of({"app/main.py": b"", "../x": b""})})
    bomb = zip_of({"work.zip": bytes(21 << 20)})
    large = zip_of({"work.zip": zip_of({"app/main.py": bytes(2 << 20)})})

    assert "Archive 'work.zip' was refused because '../x' points outside" in refusal(
        tmp_path, escape
    )
    assert "'work.zip' is larger than 20 MiB" in refusal(tmp_path, bomb)
    assert "'app/main.py' is larger than 1 MiB" in refusal(tmp_path, large)


def test_choice_of_archives_is_refused(tmp_path: Path) -> None:
    """Of two archives in an archive nobody knows which one counts, unless one is called so."""
    inner = zip_of({"app/main.py": b""})
    assert "more than one archive, 'a.zip' and 'b.zip': keep one" in refusal(
        tmp_path, zip_of({"a.zip": inner, "b.zip": inner})
    )
    assert (
        locate(tmp_path, zip_of({f"{KATA}.zip": inner, "b.zip": inner})).trail[1] == f"{KATA}.zip"
    )


def test_rar_is_named(tmp_path: Path) -> None:
    """What cannot be read is named, with what the student can do."""
    assert refusal(tmp_path, b"Rar!\x1a\x07\x01\x00", "alice.rar") == (
        "Archive 'alice.rar' was refused because it is a RAR archive, which cannot be read: ask"
        " the student to unpack it and pack it again with"
        " `python -m zipfile -c submission.zip app`."
    )


def test_only_other_katas_are_missing(tmp_path: Path) -> None:
    """What holds another kata lacks this one; what holds none cannot be graded."""
    for name in ("04_other/app/main.py", "r/exercises/04_other/app/main.py", "04_other.zip"):
        with pytest.raises(KataMissing):
            locate(tmp_path, zip_of({name: b""}))
    with pytest.raises(SubmissionUnreadable) as caught:
        locate(tmp_path, zip_of({"main.py": b""}))
    assert not isinstance(caught.value, KataMissing)


def test_newest_file_in_app_is_told(tmp_path: Path) -> None:
    """When a folder was changed is when the newest file of its `app/` was."""
    for name, hours in (("app/main.py", 1), ("app/a.py", 0), ("README.md", 2)):
        path = tmp_path / "alice" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (NOON.timestamp() + 3600 * hours,) * 2)

    newest = find(tmp_path / "alice", KATA, tmp_path / "scratch").newest

    assert newest == NOON.replace(hour=13)


def test_clones_do_not_tell_when(tmp_path: Path) -> None:
    """The files of a clone are as old as the clone, so they say nothing of the student."""
    (tmp_path / "alice/app").mkdir(parents=True)
    (tmp_path / "alice/app/main.py").touch()
    (tmp_path / "alice/.git").mkdir()

    assert find(tmp_path / "alice", KATA, tmp_path / "scratch").newest is None


def test_impossible_times_are_unknown(tmp_path: Path) -> None:
    """A time before there were zips, or after all calendars, says nothing."""
    for time in (0, 10**15):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
            entry = tarfile.TarInfo("app/main.py")
            entry.mtime = time
            archive.addfile(entry)
        found = find(_write(tmp_path / f"{time}.tar", buffer), KATA, tmp_path / f"s{time}")

        assert found.newest is None


def _write(path: Path, buffer: io.BytesIO) -> Path:
    path.write_bytes(buffer.getvalue())
    return path
