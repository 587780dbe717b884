"""A submission is found where people put it, and graded with pristine given files."""

import os
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, cast

import pytest

from dojo.model.file_trees import SubmissionUnreadable
from dojo.model.staging import Staged, locate, stage

KATA = "03_dependencies"
EDITABLE = ("app/main.py", "app/sessions.py")
STUB = {
    "app/__init__.py": "",
    "app/main.py": "# TODO 1: write it\n",
    "app/sessions.py": "# TODO 2: write it\n",
    "app/database.py": "OPEN = 0\n",
    "app/data/prices.json": "[]\n",
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write text files below `folder`, and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder


def read(folder: Path) -> dict[str, str]:
    """Return all files below `folder`: relative path to text."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}


@pytest.fixture
def stub(tmp_path: Path) -> Path:
    """The folder with the pristine stub."""
    return write(tmp_path / "stub", STUB)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with a complete answer: the editable files and nothing else."""
    return write(tmp_path / "source", dict.fromkeys(EDITABLE, "answer = 42\n"))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the graded tree is to be written."""
    return tmp_path / "target"


def staged(stub: Path, source: Path, target: Path) -> Staged:
    """Stage with the editable files of the kata used here."""
    return stage(stub, source, EDITABLE, target)


def refusal(stub: Path, source: Path, target: Path) -> str:
    """Stage what must be refused before anything is written; return the message."""
    with pytest.raises(SubmissionUnreadable) as caught:
        staged(stub, source, target)

    assert not target.exists()
    message = str(caught.value)
    assert message.startswith("The submission was refused because ")
    assert message.endswith(".")
    return message


LAYOUTS = {
    "the exercise itself": "",
    "the id": KATA,
    "a repository": f"exercises/{KATA}",
    "a wrapped exercise": "alice-main",
    "a copy of the exercise": f"{KATA}-main",
    "a wrapped id": f"alice-main/{KATA}",
    "a wrapped repository": f"fastapi-katas-main/exercises/{KATA}",
    "a wrapper in a wrapper": "Downloads/alice/work",
    "an app in an app": "app",
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))
def test_kata_is_found_in_folder(layout: str, tmp_path: Path) -> None:
    """The folder that holds `app/` is found in every usual layout, one wrapper allowed."""
    path = tmp_path / "alice"
    write(path / layout, STUB)

    assert locate(path, KATA, tmp_path / "scratch") == path / layout


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))
def test_kata_is_found_in_archive(layout: str, tmp_path: Path) -> None:
    """The same layouts are found in an archive, which is unpacked into the scratch folder."""
    path = tmp_path / "alice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in STUB.items():
            archive.writestr(f"{layout}/{name}".lstrip("/"), text)

    found = locate(path, KATA, tmp_path / "scratch")

    assert found == tmp_path / "scratch" / layout
    assert read(found) == STUB


def test_hidden_folders_are_no_wrapper(tmp_path: Path) -> None:
    """What tools put beside the only folder does not hide it."""
    write(tmp_path, {"work/app/main.py": "", ".vscode/settings.json": "", "__MACOSX/x": ""})

    assert locate(tmp_path, KATA, tmp_path / "scratch") == tmp_path / "work"


def test_other_katas_are_passed_over(tmp_path: Path) -> None:
    """A repository with many katas yields the one that is asked for."""
    write(tmp_path / "exercises/02_other", STUB)
    write(tmp_path / "exercises" / KATA, STUB)

    assert locate(tmp_path, KATA, tmp_path / "scratch") == tmp_path / "exercises" / KATA


MISSING = {
    "nothing": {"README.md": ""},
    "files of app without app": {"main.py": ""},
    "two wrappers": {"first/app/main.py": "", "second/app/main.py": ""},
    "another kata": {"04_other/app/main.py": ""},
    "another kata in a repository": {"exercises/04_other/app/main.py": ""},
    "a file called app": {"app": ""},
}


@pytest.mark.parametrize("files", MISSING.values(), ids=list(MISSING))
def test_missing_kata_is_explained(files: dict[str, str], tmp_path: Path) -> None:
    """The sentence says what was looked for, and where."""
    path = write(tmp_path / "alice", files)

    with pytest.raises(SubmissionUnreadable) as caught:
        locate(path, KATA, tmp_path / "scratch")

    assert str(caught.value) == (
        f"Submission '{path}' holds no folder 'app', '{KATA}/app' or 'exercises/{KATA}/app'."
        " Give the folder that holds 'app'."
    )


def test_ambiguous_kata_is_explained(tmp_path: Path) -> None:
    """Two places for one kata are named, and neither is preferred."""
    path = write(tmp_path / "alice", {"app/main.py": "", f"exercises/{KATA}/app/main.py": ""})

    with pytest.raises(SubmissionUnreadable) as caught:
        locate(path, KATA, tmp_path / "scratch")

    assert str(caught.value) == (
        f"Submission '{path}' holds the kata more than once, in 'app' and"
        f" 'exercises/{KATA}/app'. Give one of these folders."
    )


def test_absent_path_is_explained(tmp_path: Path) -> None:
    """A path that does not exist is named, and what could be given is said."""
    with pytest.raises(SubmissionUnreadable, match="absent' does not exist"):
        locate(tmp_path / "absent", KATA, tmp_path / "scratch")


@pytest.mark.parametrize("linked", ["exercises", f"exercises/{KATA}", f"exercises/{KATA}/app"])
def test_links_to_kata_are_refused(linked: str, tmp_path: Path) -> None:
    """A link cannot pass somebody else's tree off as the author's."""
    theirs = write(tmp_path / "theirs", {f"exercises/{KATA}/app/main.py": ""})
    link = tmp_path / "alice" / linked
    link.parent.mkdir(parents=True)
    link.symlink_to(theirs / linked)

    with pytest.raises(SubmissionUnreadable, match=f"because '{linked}' is a link"):
        locate(tmp_path / "alice", KATA, tmp_path / "scratch")


def test_linked_path_is_followed(tmp_path: Path) -> None:
    """The path itself is the caller's word and may be a link."""
    write(tmp_path / "work", STUB)
    (tmp_path / "alice").symlink_to(tmp_path / "work")

    assert locate(tmp_path / "alice", KATA, tmp_path / "scratch") == tmp_path / "alice"


def test_given_files_complete_answer(stub: Path, source: Path, target: Path) -> None:
    """An answer of editable files only is graded together with the given files."""
    result = staged(stub, source, target)

    assert read(target) == STUB | dict.fromkeys(EDITABLE, "answer = 42\n")
    assert (result.folder, result.changed_given, result.missing) == (target, (), ())


def test_changed_given_files_are_told(stub: Path, source: Path, target: Path) -> None:
    """An altered given file is graded in its pristine form, and named."""
    write(source, {"app/database.py": "OPEN = -1\n", "app/__init__.py": ""})

    result = staged(stub, source, target)

    assert result.changed_given == ("app/database.py",)
    assert (target / "app/database.py").read_text() == "OPEN = 0\n"


def test_line_ends_are_no_change(stub: Path, source: Path, target: Path) -> None:
    """A given file that went through Windows is not called changed."""
    write(source, {"app/database.py": "OPEN = 0\r\n"})

    assert staged(stub, source, target).changed_given == ()


def test_missing_files_stay_missing(stub: Path, source: Path, target: Path) -> None:
    """An editable file that was not handed in is told, and not taken from the stub."""
    (source / "app/sessions.py").unlink()

    result = staged(stub, source, target)

    assert result.missing == ("app/sessions.py",)
    assert not (target / "app/sessions.py").exists()


def test_added_files_are_kept(stub: Path, source: Path, target: Path) -> None:
    """Modules that the learner added under `app/` belong to the answer."""
    write(source, {"app/routers/prices.py": "prices = []\n", "app/conftest.py": ""})

    staged(stub, source, target)

    assert (target / "app/routers/prices.py").read_text() == "prices = []\n"
    assert (target / "app/conftest.py").exists()


def test_files_outside_app_stay_behind(stub: Path, source: Path, target: Path) -> None:
    """Nothing beside `app/` is ever copied, least of all what configures tools."""
    names = ["conftest.py", "pytest.ini", "sitecustomize.py", "tests/conftest.py", "httpx.py"]
    write(source, dict.fromkeys(names, "raise SystemExit(0)\n"))

    staged(stub, source, target)

    assert [path.name for path in target.iterdir()] == ["app"]


def test_caches_and_databases_stay_behind(stub: Path, source: Path, target: Path) -> None:
    """What earlier runs left in `app/` cannot decide about this one."""
    left = ["__pycache__/main.cpython-311.pyc", "main.pyc", ".DS_Store", "shop.db", "a.sqlite3-wal"]
    write(source / "app", dict.fromkeys(left, "old"))

    staged(stub, source, target)

    assert set(read(target)) == set(STUB)


def test_given_database_is_kept(stub: Path, source: Path, target: Path) -> None:
    """A database that is a given file is graded, pristine and without a word about changes."""
    write(stub, {"app/shop.db": "pristine"})
    write(source, {"app/shop.db": "used"})

    result = staged(stub, source, target)

    assert (target / "app/shop.db").read_text() == "pristine"
    assert result.changed_given == ()


def test_caches_of_stub_stay_behind(stub: Path, source: Path, target: Path) -> None:
    """Bytecode in the stub is not graded."""
    write(stub, {"app/__pycache__/main.cpython-311.pyc": "old"})

    staged(stub, source, target)

    assert not (target / "app/__pycache__").exists()


def test_link_to_file_is_refused(stub: Path, source: Path, target: Path) -> None:
    """A link would copy a file of the grader's machine into the graded tree."""
    (source / "app/key.txt").symlink_to("/etc/passwd")

    assert "'app/key.txt' is a link" in refusal(stub, source, target)


def test_link_to_folder_is_refused(stub: Path, source: Path, target: Path) -> None:
    """A link to a folder is not walked into."""
    (source / "app/more").symlink_to(stub)

    assert "'app/more' is a link" in refusal(stub, source, target)


def test_linked_app_is_refused(stub: Path, tmp_path: Path, target: Path) -> None:
    """The folder `app` itself may not be a link either."""
    write(tmp_path / "alice", {"README.md": ""})
    (tmp_path / "alice/app").symlink_to(stub / "app")

    assert "'app' is a link" in refusal(stub, tmp_path / "alice", target)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_named_pipe_is_refused(stub: Path, source: Path, target: Path) -> None:
    """A pipe, which would be read for ever, is not opened."""
    os.mkfifo(source / "app/pipe")

    assert "'app/pipe' is not a regular file" in refusal(stub, source, target)


def test_unreadable_file_is_refused(
    stub: Path, source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that may not be read is named."""

    opened = Path.open

    def deny(self: Path, mode: str = "r") -> IO[bytes]:
        if source in self.parents:
            raise PermissionError(13, "Permission denied", str(self))
        return cast("IO[bytes]", opened(self, mode))

    monkeypatch.setattr(Path, "open", deny)

    assert "'app/main.py' cannot be read" in refusal(stub, source, target)


def test_submission_without_app_is_refused(stub: Path, tmp_path: Path, target: Path) -> None:
    """A folder without `app/` is no submission."""
    write(tmp_path / "alice", {"main.py": ""})

    assert "it holds no folder 'app'" in refusal(stub, tmp_path / "alice", target)


def test_large_file_is_refused(stub: Path, source: Path, target: Path) -> None:
    """A file over the limit is named with the limit."""
    (source / "app/pad.bin").write_bytes(bytes(1024 * 1024 + 1))

    assert "'app/pad.bin' is larger than 1 MiB" in refusal(stub, source, target)


def test_large_submission_is_refused(stub: Path, source: Path, target: Path) -> None:
    """Files within the limit may be too much together."""
    for number in range(6):
        (source / f"app/pad{number}.bin").write_bytes(bytes(1024 * 1024))

    assert "makes it larger than 5 MiB" in refusal(stub, source, target)


def test_many_files_are_refused(stub: Path, source: Path, target: Path) -> None:
    """A flood of files ends at the limit."""
    write(source, {f"app/f{number}.py": "" for number in range(300)})

    assert "it holds more than 300 files" in refusal(stub, source, target)


@pytest.mark.parametrize("name", ["app/a\nb.py", "app/aux.py", "app/a:b.py"])
def test_unportable_names_are_refused(name: str, stub: Path, source: Path, target: Path) -> None:
    """Names follow the same rules as in archives."""
    write(source, {name: ""})

    assert repr(name) in refusal(stub, source, target)


def test_case_cannot_cover_given_file(stub: Path, source: Path, target: Path) -> None:
    """A name that some file systems take for a given file is refused."""
    write(source, {"app/DataBase.py": "OPEN = -1\n"})

    message = refusal(stub, source, target)

    assert "'app/database.py' has the same name as 'app/DataBase.py'" in message


SUBSTITUTES = ["app/database/__init__.py", "app/database.abi3.so", "app/__init__.so"]


@pytest.mark.parametrize("name", SUBSTITUTES)
@pytest.mark.skipif(os.name == "nt", reason="extension modules have other suffixes there")
def test_substitute_for_given_module_is_refused(
    name: str, stub: Path, source: Path, target: Path
) -> None:
    """A file that Python would import instead of a given module is refused."""
    write(source, {name: ""})

    assert f"'{name}' would be imported instead of" in refusal(stub, source, target)


def test_module_may_become_package(stub: Path, source: Path, target: Path) -> None:
    """An editable module may grow into a package; the module then counts as missing."""
    (source / "app/sessions.py").unlink()
    write(source, {"app/sessions/__init__.py": "answer = 42\n"})

    result = staged(stub, source, target)

    assert result.missing == ("app/sessions.py",)
    assert (target / "app/sessions/__init__.py").exists()


def test_digest_is_of_staged_files(stub: Path, source: Path, tmp_path: Path) -> None:
    """The same graded tree has the same digest, wherever and with whatever around it."""
    first = staged(stub, source, tmp_path / "first")
    write(source, {"README.md": "", "app/database.py": "OPEN = -1\n"})
    second = staged(stub, source, tmp_path / "second")

    assert first.digest == second.digest
    assert len(first.digest) == 64


@pytest.mark.parametrize("change", [{"app/main.py": "answer = 43\n"}, {"app/extra.py": ""}])
def test_digest_tells_answers_apart(
    change: dict[str, str], stub: Path, source: Path, tmp_path: Path
) -> None:
    """Another content or another file is another digest."""
    first = staged(stub, source, tmp_path / "first")
    write(source, change)
    second = staged(stub, source, tmp_path / "second")

    assert first.digest != second.digest


def test_staged_files_are_plain(stub: Path, source: Path, target: Path) -> None:
    """Special bits do not survive, and the submission is left as it was."""
    (source / "app/main.py").chmod(0o4755)

    staged(stub, source, target)

    assert stat.S_IMODE((target / "app/main.py").stat().st_mode) == 0o644
    assert read(source) == dict.fromkeys(EDITABLE, "answer = 42\n")
