"""What was handed in is found in every usual wrapping, or refused with a sentence of its own."""

from pathlib import Path

import pytest

from dojo.model.catalogue import Catalogue
from dojo.model.file_trees import SubmissionUnreadable
from dojo.model.staging import KataMissing
from dojo.runner.handins import read_handin
from dojo.runner.platforms import read_name

from .conftest import LAMP, TORCH, Cohort


def read(path: Path, *, alone: bool = True) -> str:
    """Read what was handed in for the lamp kata; give its `app/main.py`."""
    kata = Catalogue(Path.cwd()).find(LAMP)
    return read_handin(read_name(path)[1], kata, alone=alone).files["app/main.py"].decode()


@pytest.mark.parametrize(
    "layout", ["app", f"{LAMP}/app", f"exercises/{LAMP}/app", f"repo-main/exercises/{LAMP}/app"]
)
def test_folders_and_archives_are_read(cohort: Cohort, layout: str) -> None:
    """A kata lies in one of a few places, one folder deeper too, in a folder or an archive."""
    folder = cohort.hand_in("ada", "folder = 1\n", layout)
    archive = cohort.hand_in_archive("bob.zip", "archive = 1\n", layout)

    assert read(folder) == "folder = 1\n"
    assert read(archive) == "archive = 1\n"


def test_archive_in_folder_is_read(cohort: Cohort) -> None:
    """Learning platforms put the archive that a student uploaded into a folder."""
    cohort.hand_in_archive("Ada_1_assignsubmission_file_/my work.zip", "found = 1\n")

    assert read(cohort.folder / "Ada_1_assignsubmission_file_") == "found = 1\n"


def test_archive_is_chosen_by_kata(cohort: Cohort) -> None:
    """Of an archive for each kata the one that is called like it is read."""
    cohort.hand_in_archive(f"ada/{LAMP}.zip", "lamp = 1\n", f"{LAMP}/app")
    cohort.hand_in_archive(f"ada/{TORCH}.zip", "torch = 1\n", f"{TORCH}/app")

    assert read(cohort.folder / "ada", alone=False) == "lamp = 1\n"


def test_unnamed_app_needs_one_kata(cohort: Cohort) -> None:
    """Where several katas are graded, a bare `app` could be any of them."""
    path = cohort.hand_in("ada")
    with pytest.raises(SubmissionUnreadable, match="does not say which kata"):
        read(path, alone=False)


def test_nothing_for_one_kata_is_missing(cohort: Cohort) -> None:
    """Of several katas, one for which there is nothing was not handed in."""
    path = cohort.hand_in("ada", layout=f"{TORCH}/app")
    with pytest.raises(KataMissing):
        read(path, alone=False)


def test_links_are_not_followed(cohort: Cohort) -> None:
    """A link among the submissions could lead anywhere."""
    (cohort.folder / "eve").symlink_to(cohort.hand_in("ada"))
    with pytest.raises(SubmissionUnreadable, match="'eve' is a link"):
        read(cohort.folder / "eve")


def test_problems_hide_the_instructors_folders(cohort: Cohort) -> None:
    """A sentence that a student reads names no folder of the instructor's."""
    (cohort.folder / "ada").mkdir()
    with pytest.raises(SubmissionUnreadable) as caught:
        read(cohort.folder / "ada")

    assert str(cohort.folder) not in str(caught.value)
    assert "Submission 'ada' holds no folder 'app'" in str(caught.value)


def test_only_archives_are_opened(cohort: Cohort) -> None:
    """Beside the archive of a student other files, and a folder called like one, may lie."""
    cohort.hand_in_archive("ada/work.zip", "found = 1\n")
    (cohort.folder / "ada/notes.txt").touch()
    (cohort.folder / "ada/old.zip").mkdir()

    assert read(cohort.folder / "ada") == "found = 1\n"


def test_wrong_layouts_are_not_gradable(cohort: Cohort) -> None:
    """Work without an `app/` where it is expected gets a sentence, and never a zero."""
    cohort.hand_in("ada", layout="src")
    cohort.hand_in_archive("bob.zip", layout="homework")
    (cohort.folder / "eve.rar").write_bytes(b"Rar!\x1a\x07\x01\x00")
    cohort.grade("--kata", LAMP, TORCH)

    for kata in (LAMP, TORCH):
        assert set(cohort.read_statuses(kata).values()) == {"not_gradable"}
        assert {each["points"] for each in cohort.read(kata).values()} == {None}
    assert "holds no folder 'app'" in cohort.read()["bob"]["problem"]
    assert "is a RAR archive, which cannot be read" in cohort.read()["eve"]["problem"]


def test_archive_names_its_kata(cohort: Cohort) -> None:
    """Where several katas are graded, an archive that is called like one holds that."""
    path = cohort.hand_in_archive(f"ada/{TORCH}.zip", "torch = 1\n")
    with pytest.raises(KataMissing):
        read(path, alone=False)

    path.rename(path.with_name(f"{LAMP}.zip"))
    assert read(cohort.folder / "ada", alone=False) == "torch = 1\n"


def test_seven_zips_need_a_package(cohort: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a 7z cannot be read yet, that is told before anything is graded."""
    monkeypatch.setattr("dojo.teaching.grading_plans.find_spec", lambda _: None)
    cohort.hand_in("ada")
    (cohort.folder / "bob").mkdir()
    (cohort.folder / "bob/work.7z").touch()
    ended = cohort.grade()

    assert ended.code == 2
    assert "'work.7z' of 'bob' is a 7z archive" in ended.err
    assert "Run `nox -s archives` once. Then run the same command again." in ended.err
    assert not cohort.out.exists()
