"""Students are found however their work was collected, each under a name of their own."""

import os
import sys
from pathlib import Path

import pytest

from dojo.model.errors import UsageError
from dojo.runner.handins import list_students


def make(folder: Path, *names: str) -> Path:
    """Make folders, and files for names with a suffix."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch() if path.suffix else path.mkdir(parents=True)
    return folder


def list_names(folder: Path) -> list[str]:
    """List the names of those who handed in."""
    return [student.name for student in list_students(folder)]


def test_names_keep_spaces_and_unicode(tmp_path: Path) -> None:
    """A student is called as the folder or archive is, without the archive's suffix."""
    make(tmp_path, "Zoë van den Berg/app", "李雷.zip", "Mary-Jane O'Neil.tar.gz", "v1.2/app")

    assert list_names(tmp_path) == ["Mary-Jane O'Neil", "Zoë van den Berg", "v1.2", "李雷"]


def test_hidden_files_are_nobody(tmp_path: Path) -> None:
    """What operating systems leave behind is no submission; a stray file is one to be told of."""
    make(tmp_path, "ada/app", ".DS_Store", "__MACOSX/x", "desktop.ini", "._ada", "notes.txt")

    assert list_names(tmp_path) == ["ada", "notes.txt"]


@pytest.mark.parametrize(
    ("found", "student"),
    [
        ("Ada Lovelace_12345_assignsubmission_file_", "Ada Lovelace"),
        ("Ada Lovelace_12345_assignsubmission_file", "Ada Lovelace"),
        ("lovelaceada_12345_67890_app-1.zip", "lovelaceada"),
        ("lovelaceada_LATE_12345_67890_app.zip", "lovelaceada"),
        ("kata-ada-lovelace", "kata-ada-lovelace"),
        ("ada_lovelace", "ada_lovelace"),
    ],
)
def test_platform_names_are_understood(tmp_path: Path, found: str, student: str) -> None:
    """What a learning platform adds to a name is taken off again."""
    make(tmp_path, found, "other.zip")

    assert student in list_names(tmp_path)


def test_namesakes_keep_their_numbers(tmp_path: Path) -> None:
    """Two students of one name are told apart by the platform's numbers."""
    make(tmp_path, "Ada_1_assignsubmission_file_", "Ada_2_assignsubmission_file_")

    assert list_names(tmp_path) == ["Ada (1)", "Ada (2)"]


def test_same_name_is_one_student(tmp_path: Path) -> None:
    """A folder and an archive of one name are two attempts of one student."""
    make(tmp_path, "ada/app", "ada.zip")
    (student,) = list_students(tmp_path)

    assert [each.path.name for each in student.attempts] == ["ada", "ada.zip"]


def test_wrapping_folder_is_entered(tmp_path: Path) -> None:
    """Download tools put all submissions into one more folder."""
    make(tmp_path, "assignment 1/ada/app", "assignment 1/bob.zip", ".hidden")

    assert list_names(tmp_path) == ["ada", "bob"]


def test_only_student_is_not_a_wrapper(tmp_path: Path) -> None:
    """A single student's folder, which holds a whole handout, stays one student."""
    make(tmp_path, "ada/exercises/07_lamp/app", "ada/.ci")

    assert list_names(tmp_path) == ["ada"]


ONE_STUDENT = {
    "a repository": ["ada/exercises/07_lamp/app", "ada/solutions/x", "ada/tests/x"],
    "katas": ["ada/07_lamp/app", "ada/08_torch/app"],
    "an app with its tests": ["ada/app", "ada/tests"],
    "files": ["ada/main.py", "ada/models.py"],
    "one archive": ["ada/work.zip", "ada/notes.txt"],
}


@pytest.mark.parametrize("names", ONE_STUDENT.values(), ids=list(ONE_STUDENT))
def test_folder_of_one_student_is_not_entered(tmp_path: Path, names: list[str]) -> None:
    """A folder that holds one student's work, whatever that is, is that student."""
    make(tmp_path, *names)

    assert list_names(tmp_path) == ["ada"]


def test_linked_folder_is_not_entered(tmp_path: Path) -> None:
    """A link among the submissions could lead anywhere."""
    make(tmp_path, "elsewhere/ada/app", "elsewhere/bob/app", "handed in/")
    (tmp_path / "handed in" / "all").symlink_to(tmp_path / "elsewhere")

    assert list_names(tmp_path / "handed in") == ["all"]


def test_list_names_submissions(tmp_path: Path) -> None:
    """A text file names a path in each line, a CSV file the student too."""
    (tmp_path / "list.txt").write_text("\ufeffwork/ada\nwork/bob.zip\n\n", "utf-8")
    (tmp_path / "list.csv").write_text("student;path\nAda;work/ada\nEve;\n", "utf-8")

    assert list_names(tmp_path / "list.txt") == ["ada", "bob"]
    ada, eve = list_students(tmp_path / "list.csv")
    assert (ada.name, [each.path for each in ada.attempts]) == ("Ada", [tmp_path / "work/ada"])
    assert (eve.name, eve.attempts) == ("Eve", ())


@pytest.mark.parametrize(
    ("make_it", "message"),
    [
        (Path.exists, "does not exist"),
        (Path.mkdir, "no submissions"),
        (lambda path: make(path, "app"), "is a single submission"),
        (lambda path: path.write_bytes(b"\xff\xfe1"), "not text in UTF-8"),
    ],
)
def test_useless_folders_are_refused(tmp_path: Path, make_it: object, message: str) -> None:
    """What cannot be a folder of submissions is told with what to do."""
    assert callable(make_it)
    make_it(tmp_path / "handed in")
    with pytest.raises(UsageError, match=message):
        list_students(tmp_path / "handed in")


def test_archive_of_all_is_refused(tmp_path: Path) -> None:
    """An archive of all submissions has to be unpacked by the instructor."""
    (tmp_path / "all.zip").touch()
    with pytest.raises(UsageError, match="Unpack it"):
        list_students(tmp_path / "all.zip")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_undecodable_names_are_shown(tmp_path: Path) -> None:
    """A name that is no Unicode is shown by its bytes, and a control character by its number."""
    make(tmp_path, os.fsdecode(b"caf\xe9"), "bell\x07\n")

    assert list_names(tmp_path) == ["bell\\x07\\n", "caf\\udce9"]
