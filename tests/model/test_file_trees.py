"""Names that every computer can hold are let in, and what tools leave behind is passed over."""

from pathlib import Path

import pytest

from dojo.model.file_trees import (
    FileTree,
    RefusedFile,
    TreeLimits,
    is_junk,
    portable_path,
    quoted,
    write_files,
)

PORTABLE = [
    "app/main.py",
    "app/console.py",
    "app/com.py",
    "app/com10.py",
    "a" * 100,
    "é" * 50,
    "/".join(["a" * 66] * 2 + ["b" * 66]),
    "/".join("a" * 12),
]


@pytest.mark.parametrize("name", PORTABLE)
def test_portable_names_are_kept(name: str) -> None:
    """A name that fits everywhere, up to the very limits, stays as it is."""
    assert portable_path(name) == name


@pytest.mark.parametrize("name", ["./app/main.py", "app//main.py", "app/./main.py", "app/main.py/"])
def test_paths_are_made_plain(name: str) -> None:
    """Parts that lead nowhere are left out."""
    assert portable_path(name) == "app/main.py"


DEVICES = ["CON", "prn", "Aux.py", "nul", "conin$", "CONOUT$", "com0", "com9.txt", "lpt¹", "COM³"]
ABSOLUTE = "is an absolute path: use a relative one"
OUTSIDE = "points outside its folder: leave it out"
UNPORTABLE = "has a name that some computers cannot use: rename it with plain letters"
DEVICE = "is the name of a device on Windows: rename it"
LONG = "has a name that is too long: shorten it"
DEEP = "is nested more than 12 folders deep: move it up"

REFUSED = [
    ("/etc/passwd", ABSOLUTE),
    ("..", OUTSIDE),
    ("app/../main.py", OUTSIDE),
    *((f"app/a{sign}b", UNPORTABLE) for sign in '<>:"|?*\\\n\u202e'),
    ("app/a. /b", UNPORTABLE),
    ("app/a ", UNPORTABLE),
    *((f"app/{device}", DEVICE) for device in DEVICES),
    ("aux /b", UNPORTABLE),
    ("aux .py", DEVICE),
    ("a" * 101, LONG),
    ("é" * 51, LONG),
    ("/".join(["a" * 66] * 2 + ["b" * 67]), LONG),
    ("/".join("a" * 13), DEEP),
]


@pytest.mark.parametrize(("name", "problem"), REFUSED)
def test_other_names_are_refused(name: str, problem: str) -> None:
    """A name that leads elsewhere, or that some computer cannot hold, is told with its reason."""
    with pytest.raises(RefusedFile) as caught:
        portable_path(name)

    assert str(caught.value) == f"{quoted(name)} {problem}"


@pytest.mark.parametrize(
    "name",
    [
        *("__MACOSX/a", "app/__pycache__/a", ".git/a", ".venv/a", "venv/a", ".dojo/a", ".nox/a"),
        *(".mypy_cache/a", ".pytest_cache/a", ".ruff_cache/a", "app/__pycache__/", "app/.git"),
        *(".DS_Store", "app/Thumbs.db", "app/desktop.ini", "app/._main.py", "a.pyc", "a.PYO"),
    ],
)
def test_traces_of_tools_are_junk(name: str) -> None:
    """What tools leave behind is known by its folder, its name or its suffix, in any case."""
    assert is_junk(name)


@pytest.mark.parametrize("name", ["app/main.py", "app/venv.py", "git/a", "app/_.py", ".env", "pyc"])
def test_work_is_no_junk(name: str) -> None:
    """Names that only look a little like that are somebody's work."""
    assert not is_junk(name)


def test_long_names_are_shortened() -> None:
    """A message shows 80 characters of a name, the last of them a mark where more follow."""
    assert quoted("a" * 80) == repr("a" * 80)
    assert quoted("a" * 81) == repr("a" * 79 + "…")


def test_folders_count_as_entries() -> None:
    """A file brings the folders that lie above it, and each folder counts once."""
    tree = FileTree(TreeLimits(entries=3))
    tree.add_folder("app")
    tree.add_file("app/deep/a.py", lambda _: b"")

    with pytest.raises(RefusedFile, match="more than 3 entries: leave some out"):
        tree.add_file("app/b.py", lambda _: b"")


def test_content_is_read_to_its_limit() -> None:
    """No more of a file is read than shows that it is too large."""
    asked: list[int] = []

    def read(size: int) -> bytes:
        asked.append(size)
        return bytes(size)

    with pytest.raises(RefusedFile, match=r"'a' is larger than 1 MiB: leave it out"):
        FileTree(TreeLimits()).add_file("a", read)

    assert asked == [1024 * 1024 + 1]


def test_files_need_names() -> None:
    """A file that is called nothing is refused."""
    with pytest.raises(RefusedFile, match="a file without a name: leave it out"):
        FileTree(TreeLimits()).add_file("./", lambda _: b"")


def test_trusted_file_replaces_another() -> None:
    """A trusted file takes the place of one at its path, or one of its own."""
    tree = FileTree(TreeLimits())
    tree.add_file("app/a.py", lambda _: b"theirs")
    tree.replace_file("app/a.py", b"given")
    tree.replace_file("app/b.py", b"given")

    assert tree.files == {"app/a.py": b"given", "app/b.py": b"given"}


def test_clash_names_both_files() -> None:
    """Two spellings of one path are told, with what to do."""
    tree = FileTree(TreeLimits())
    tree.add_file("app/A.py", lambda _: b"")

    with pytest.raises(RefusedFile) as caught:
        tree.add_file("app/a.py", lambda _: b"")

    problem = "has the same name as 'app/A.py' on some computers: rename one of them"
    assert str(caught.value) == f"'app/a.py' {problem}"


def test_files_are_written_into_empty_folder(tmp_path: Path) -> None:
    """An empty folder is written into, one that is absent is made with all above it."""
    for target in (tmp_path, tmp_path / "deep" / "er"):
        write_files({"app/a/b.py": b"1", "app/a/c.py": b"2"}, target)

        assert (target / "app/a/b.py").read_bytes() == b"1"
        assert (target / "app/a/c.py").read_bytes() == b"2"
