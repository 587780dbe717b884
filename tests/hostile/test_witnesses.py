"""Witnesses see what a submission does, and not what other people's installers do meanwhile."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from .witnesses import Snapshot


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """Give a file of an environment that has another name in the cache of an installer."""
    packages, cache = tmp_path / "packages", tmp_path / "cache"
    packages.mkdir()
    cache.mkdir()
    (cache / "library.py").write_text("version = 1\n")
    os.link(cache / "library.py", packages / "library.py")
    return packages / "library.py"


def test_another_environment_is_no_harm(shared: Path) -> None:
    """That the same file gets one more name elsewhere changes nothing here."""
    before = Snapshot.take([shared.parent])
    os.link(shared, shared.parent.parent / "elsewhere.py")

    assert before.list_changes(Snapshot.take([shared.parent])) == []


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_text("version = 2\n"),
        lambda path: path.chmod(0o777),
        lambda path: os.utime(path, (0, 0)),
        lambda path: path.unlink(),
        lambda path: os.link(path, path.with_name("added.py")),
    ],
    ids=["written", "rights", "time", "removed", "linked"],
)
def test_harm_to_a_shared_file_is_seen(shared: Path, harm: Callable[[Path], None]) -> None:
    """What is in the file, its rights and its times are watched under each of its names."""
    before = Snapshot.take([shared.parent])
    harm(shared)

    assert before.list_changes(Snapshot.take([shared.parent]))
