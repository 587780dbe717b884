"""A run's folders are empty for each criterion and gone at the end, whatever was made of them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dojo.harness.run_folder import RunFolder, open_run_folder

LOCKED_AWAY = """
import os, sys
from dojo.harness.run_folder import open_run_folder

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
