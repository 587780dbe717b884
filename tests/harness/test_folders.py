"""A run's folders are empty for each criterion and gone at the end, whatever was made of them."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dojo.harness.temporary_folders import RunFolder, open_run_folder
from dojo.model.errors import UsageError

LOCKED_AWAY = """
import os, sys
from dojo.harness.temporary_folders import open_run_folder

if os.geteuid() == 0:
    os.chdir("/")
    os.setgid(65534)
    os.setuid(65534)
with open_run_folder() as folder:
    for place in (folder.work, folder.stage):
        (place / "a/b").mkdir(parents=True)
        (place / "a/b/file").write_text("x")
        (place / "a/b").chmod(0)
        (place / "a").chmod(0o400)
    folder.work.chmod(0)
    folder.root.chmod(0o500)
    folder.empty_work()
    print(list(folder.work.iterdir()))
    folder.stage.chmod(0)
    folder.root.chmod(0)
print(folder.root.exists())
"""

ABANDONED = """
import os, signal
from dojo.harness.temporary_folders import open_run_folder

with open_run_folder() as folder:
    (folder.stage / "a").mkdir(parents=True)
    print(folder.root, flush=True)
    folder.root.chmod(0)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Give the folders of a run."""
    folder = RunFolder(tmp_path.resolve() / "run")
    folder.work.mkdir(parents=True)
    return folder


def link_file(folder: RunFolder, outside: Path) -> None:
    """Put a link to a file outside into the working folder."""
    (folder.work / "link").symlink_to(outside / "precious.txt")


def link_folder(folder: RunFolder, outside: Path) -> None:
    """Put a link to a folder outside into the working folder."""
    (folder.work / "link").symlink_to(outside)


def replace_by_link(folder: RunFolder, outside: Path) -> None:
    """Put a link to a folder outside in the place of the working folder."""
    folder.work.rmdir()
    folder.work.symlink_to(outside)


def replace_by_file(folder: RunFolder, outside: Path) -> None:
    """Put a file in the place of the working folder."""
    del outside
    folder.work.rmdir()
    folder.work.write_text("no folder")


def remove(folder: RunFolder, outside: Path) -> None:
    """Remove the working folder and all around it."""
    del outside
    folder.work.rmdir()
    folder.root.rmdir()


def fill(folder: RunFolder, outside: Path) -> None:
    """Put all kinds of things into the working folder."""
    del outside
    (folder.work / ".hidden/deep/er").mkdir(parents=True)
    (folder.work / ".hidden/deep/er/file").write_text("x")
    (folder.work / "dangling").symlink_to("nowhere")
    os.mkfifo(folder.work / "pipe")


@pytest.mark.parametrize(
    "spoil", [link_file, link_folder, replace_by_link, replace_by_file, remove, fill]
)
def test_work_is_emptied(
    folder: RunFolder, tmp_path: Path, spoil: Callable[[RunFolder, Path], None]
) -> None:
    """The working folder is an empty folder again, and nothing outside was touched."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious.txt").write_text("kept")
    spoil(folder, outside)

    folder.empty_work()

    assert not folder.work.is_symlink()
    assert list(folder.work.iterdir()) == []
    assert (outside / "precious.txt").read_text() == "kept"


def test_odd_output_is_removed(folder: RunFolder) -> None:
    """Something else in the place of the raw output does not stay there to be opened."""
    os.mkfifo(folder.output)

    folder.empty_work()

    assert not folder.output.exists()


def test_raw_output_is_kept(folder: RunFolder) -> None:
    """The raw output of earlier criteria is still there."""
    folder.output.write_text("last words")

    folder.empty_work()

    assert folder.output.read_text() == "last words"


def test_everything_is_removed() -> None:
    """At the end of a run its folders are gone."""
    with open_run_folder() as folder:
        (folder.work / "file").write_text("x")

    assert not folder.root.exists()


def test_locked_folders_are_removed() -> None:
    """Folders without any permission keep neither the next criterion nor the end from coming."""
    ended = subprocess.run(
        [sys.executable, "-c", LOCKED_AWAY], stdout=subprocess.PIPE, check=True, text=True
    )

    assert ended.stdout.split() == ["[]", "False"]


def test_deep_folders_are_removed() -> None:
    """Folders that are nested deeper than a path or a recursion reaches are no obstacle."""
    with open_run_folder() as folder:
        inner = os.open(folder.work, os.O_RDONLY)
        for _ in range(1200):
            os.mkdir("nested", dir_fd=inner)
            outer, inner = inner, os.open("nested", os.O_RDONLY, dir_fd=inner)
            os.close(outer)
        os.close(inner)

        folder.empty_work()

        assert list(folder.work.iterdir()) == []


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder for temporary files in which this process has made none before."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path.resolve()


def abandon(temporary: Path) -> Path:
    """Give the folder of a run that was killed."""
    program = [sys.executable, "-c", ABANDONED]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    ended = subprocess.run(program, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL
    return Path(ended.stdout.strip())


def test_folder_of_killed_run_is_removed(temporary: Path) -> None:
    """What a killed run has left is removed by the next run, though it was closed."""
    abandoned = abandon(temporary)
    there = abandoned.is_dir()
    with open_run_folder():
        pass

    assert there
    assert not abandoned.exists()


def test_folder_in_use_is_kept(temporary: Path) -> None:
    """No run removes the folder of one that is not over, nor what lies beside the folders."""
    with open_run_folder() as used:
        (used.root.parent / "file").write_text("kept")
        (used.root.parent / "link").symlink_to(tempfile.gettempdir())
        abandoned = abandon(temporary)
        abandon(temporary)
        kept = used.work.is_dir()

    assert kept
    assert not abandoned.exists()
    assert {path.name for path in used.root.parent.iterdir()} >= {"file", "link"}


def test_others_folders_are_never_touched(temporary: Path) -> None:
    """What has the right name and belongs to somebody else is not used, and it is said why."""
    with open_run_folder() as folder:
        own = folder.root.parent
    own.rmdir()
    own.symlink_to(temporary)
    with pytest.raises(UsageError, match="no folder of yours"), open_run_folder():
        pass

    assert list(temporary.iterdir()) == [own]


def test_file_takes_place_of_link(folder: RunFolder, tmp_path: Path) -> None:
    """A file that is written follows no link, and takes the place of whatever has its name."""
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (folder.work / ".env").symlink_to(outside)
    (folder.work / "folder" / "inner").mkdir(parents=True)

    for name in (".env", "folder", "../above"):
        folder.write(name, "new")

    texts = {each.name: each.read_text() for each in folder.work.iterdir()}
    assert texts == {".env": "new", "folder": "new", "above": "new"}
    assert outside.read_text() == "mine"
