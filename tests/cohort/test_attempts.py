"""Of several attempts of one student one counts, by a rule, and the result says which."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from dojo.runner.attempts import list_attempts
from dojo.runner.handins import list_students

from .conftest import LAMP, RIGHT, TORCH, WRONG, Cohort
from .deliveries import (
    ADA,
    DELIVERIES,
    GRACE,
    NOON,
    Deliver,
    deliver_to_canvas,
    deliver_to_classroom,
    deliver_to_gradescope,
    deliver_to_moodle,
    pack,
    upload,
)


def list_order(folder: Path) -> list[str]:
    """List the attempts of Ada, the first one first, beside somebody else."""
    (folder / "zoe.zip").touch()
    student = next(each for each in list_students(folder) if "ada" in each.name.casefold())
    return [each.path.name for each in list_attempts(student.attempts, LAMP)]


def write_archive(path: Path, hours: int, layout: str = "app") -> None:
    """Write an archive whose files were changed so many hours after noon."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack({f"{layout}/main.py": RIGHT}, NOON + timedelta(hours=hours)))


def test_uploads_are_in_order(tmp_path: Path) -> None:
    """Canvas numbers uploads, which tells more than what students' computers say."""
    deliver_to_canvas(tmp_path, [upload(ADA, hours=9 - number) for number in range(3)])

    assert [name[-10:] for name in list_order(tmp_path)] == [
        "1_work.zip",
        "work-1.zip",
        "work-2.zip",
    ]


def test_metadata_tells_the_order(tmp_path: Path) -> None:
    """Gradescope says when each was handed in."""
    deliver_to_gradescope(tmp_path, [upload(ADA, hours=2), upload(ADA, hours=1)])

    assert list_order(tmp_path) == ["submission_9002", "submission_9001"]


@pytest.mark.parametrize("names", [("work.zip", "work-1.zip"), ("work.zip", "work (1).zip")])
def test_numbered_copies_are_in_order(names: tuple[str, str], tmp_path: Path) -> None:
    """What is called like another file, and numbered, came after it."""
    for hours, name in enumerate(reversed(names)):
        write_archive(tmp_path / "ada" / name, hours)

    assert list_order(tmp_path) == list(names)


def test_newest_file_tells_the_order(tmp_path: Path) -> None:
    """Where no tool says it, the newest file in an archive does."""
    for hours, name in enumerate(["final.zip", "draft.zip", "better.zip"]):
        write_archive(tmp_path / "ada" / name, hours)

    assert list_order(tmp_path) == ["final.zip", "draft.zip", "better.zip"]


def test_folders_tell_their_newest_file(tmp_path: Path) -> None:
    """A folder is as new as the newest file in its `app/`."""
    write_archive(tmp_path / "ada.zip", hours=0)
    main = tmp_path / "ada/app/main.py"
    main.parent.mkdir(parents=True)
    main.touch()
    for hours, order in ((1, ["ada.zip", "ada"]), (-1, ["ada", "ada.zip"])):
        time = (NOON + timedelta(hours=hours)).timestamp()
        os.utime(main, (time, time))

        assert list_order(tmp_path) == order


def test_other_files_are_no_attempts(tmp_path: Path) -> None:
    """A report beside an archive is not what is graded."""
    deliver_to_canvas(tmp_path, [upload(ADA), upload(ADA, title="report.pdf")])

    assert list_order(tmp_path) == ["lovelaceada_1815_7001_work.zip"]


def test_unreadable_archives_are_attempts(tmp_path: Path) -> None:
    """A RAR that was handed in last is what counts, so that somebody hears of it."""
    deliver_to_canvas(tmp_path, [upload(ADA), upload(ADA, title="work.rar")])

    assert list_order(tmp_path)[-1] == "lovelaceada_1815_7002_work.rar"


def test_katas_have_their_own_attempts(tmp_path: Path) -> None:
    """What holds only another kata, by its name or by its folders, is no attempt at this one."""
    write_archive(tmp_path / "ada" / f"{TORCH}.zip", hours=5)
    write_archive(tmp_path / "ada" / "late.zip", hours=6, layout=f"{TORCH}/app")
    write_archive(tmp_path / "ada" / "mine.zip", hours=1, layout=f"{LAMP}/app")

    assert list_order(tmp_path) == ["mine.zip"]


def test_second_repository_is_an_attempt(cohort: Cohort) -> None:
    """GitHub Classroom numbers a second repository of one student, which the roster tells."""
    deliver_to_classroom(cohort.folder, [upload(ADA, WRONG), upload(ADA), upload(GRACE, hours=1)])
    (cohort.root / "roster.csv").write_text(
        "identifier,github_username,github_id,name\nada,countess,1,\ngrace,amazing,2,\n"
    )
    cohort.grade("--roster", "roster.csv")

    assert cohort.read_statuses() == {"ada": "passed", "grace": "passed"}


@pytest.mark.parametrize("tool", DELIVERIES)
def test_hand_in_is_in_the_result(tool: str, cohort: Cohort) -> None:
    """A result says when the work was handed in, as far as the tool or the archive tells."""
    deliver: Deliver = DELIVERIES[tool]
    deliver(cohort.folder, [upload(ADA, is_late=tool == "Canvas"), upload(GRACE)])
    cohort.grade()
    results = list(cohort.read().values())

    assert {each["submitted"][:19] for each in results} == {"2026-03-02T12:00:00"}
    assert sum(each["marked_late"] for each in results) == (tool == "Canvas")
    assert [each["attempt"] for each in results] == [None, None]


def test_latest_attempt_counts(cohort: Cohort) -> None:
    """Without a rule the latest is graded; result, terminal and page say so."""
    uploads = [upload(ADA, RIGHT), upload(ADA, WRONG), upload(ADA, WRONG, is_late=True)]
    deliver_to_canvas(cohort.folder, [*uploads, upload(GRACE)])
    ended = cohort.grade()
    (page,) = cohort.out.glob("site/students/lovelaceada*.html")
    told = "1 student handed in more than once. The latest attempt counts:"

    assert cohort.read_statuses() == {"hoppergrace": "passed", "lovelaceada": "not_passed"}
    assert cohort.read()["lovelaceada"]["attempt"] == {"number": 3, "total": 3, "rule": "latest"}
    assert f"{told} 'lovelaceada' (attempt 3 of 3)." in " ".join(ended.out.split())
    assert "Attempt 3 of 3, the latest. Handed in on 2026-03-02 at 12:00 UTC." in page.read_text()
    assert "It is marked as late." in page.read_text()


def test_first_attempt_can_count(cohort: Cohort) -> None:
    """With another rule only the first is graded."""
    deliver_to_canvas(cohort.folder, [upload(ADA, RIGHT), upload(ADA, WRONG)])
    cohort.grade("--attempt", "first")

    assert cohort.read()["lovelaceada"]["attempt"] == {"number": 1, "total": 2, "rule": "first"}
    assert cohort.read_statuses() == {"lovelaceada": "passed"}


def test_best_attempt_can_count(cohort: Cohort) -> None:
    """With `best` all are graded, the best is the result, and the others are kept beside it."""
    deliver_to_moodle(cohort.folder, [upload(ADA, WRONG)])
    deliver_to_canvas(cohort.folder, [upload(GRACE, WRONG), upload(GRACE), upload(GRACE, WRONG)])
    ended = cohort.grade("--attempt", "best")
    (folder,) = cohort.out.glob(f"results/hoppergrace/{LAMP}")
    kept = [json.loads(path.read_text())["status"] for path in sorted(folder.glob("attempts/*"))]

    assert cohort.read()["hoppergrace"]["attempt"] == {"number": 2, "total": 3, "rule": "best"}
    assert kept == ["not_passed", "passed", "not_passed"]
    assert "2 results: 1 passed, 1 not passed" in ended.out


def test_best_run_is_continued(cohort: Cohort) -> None:
    """A run goes on with its rule, and grades no attempt twice."""
    deliver_to_canvas(cohort.folder, [upload(ADA, WRONG), upload(ADA, RIGHT)])
    cohort.grade("--attempt", "best")
    before = {path: path.stat().st_mtime_ns for path in cohort.out.rglob("results/**/*.json")}
    ended = cohort.grade("--resume")

    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert "1 of them are from an earlier call" in ended.out


def test_other_rules_start_other_runs(cohort: Cohort) -> None:
    """Results by two rules cannot stand in one table."""
    deliver_to_canvas(cohort.folder, [upload(ADA, WRONG), upload(ADA, RIGHT)])
    cohort.grade("--attempt", "first")
    ended = cohort.grade("--attempt", "best", "--resume")

    assert ended.code == 2
    assert "different attempts that count. 'first' became 'best'" in ended.err
