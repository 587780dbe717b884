"""Grading, marking and a platform's gradebook work together from the command line."""

from datetime import UTC, datetime
from pathlib import Path

from .conftest import LAMP, WRONG, Cohort

EXPORT = "Student,ID,SIS Login ID,Section,Lamp (101)\n    Points Possible,,,,10\n"

OVERRIDE = """
[[override]]
student = "{student}"
kata = "07_lamp"
points = 7
reason = "It was unclear."
by = "N. Ng"
"""


def export(folder: Path) -> Path:
    """Write a gradebook as Canvas exports it."""
    path = folder / "export.csv"
    path.write_text(EXPORT + '"Lovelace, Ada",11,ada,A,\n"Li, Bo",12,bo,A,\n')
    return path


def decide(out: Path, student: str) -> None:
    """Decide by hand about a student of a run."""
    (out / "overrides.toml").write_text(OVERRIDE.format(student=student))


def write_term(root: Path) -> None:
    """Write a term in which the lamp is worth ten points, and was due long ago."""
    (root / "term.toml").write_text(f"""
        [[cohort]]
        name = "a"

        [[assignment]]
        name = "lamp"
        katas = ["07"]
        submissions = "handed in"
        due = {datetime(2020, 1, 1, tzinfo=UTC).isoformat()}
        points = {{"{LAMP}" = 10}}
        """)


def test_term_is_graded_and_uploaded(cohort: Cohort) -> None:
    """Without arguments all that is due is graded; its points go into the gradebook."""
    cohort.hand_in("ada")
    cohort.hand_in("bo", WRONG)
    write_term(cohort.root)
    ended = cohort.call("grade", "--out", "")
    out = cohort.root / "graded" / "lamp" / "a"
    decide(out, "bo")
    path = export(cohort.root)
    entered = cohort.enter(out, path)

    assert ended.code == 0, ended.err
    assert entered.code == 0, entered.err
    assert (
        '"Lovelace, Ada",11,ada,A,10\n"Li, Bo",12,bo,A,7\n'
        in (cohort.root / "graded-export.csv").read_text()
    )
    assert "2 students have points in 'Lamp (101)'" in entered.out


def test_what_is_not_there_is_told(cohort: Cohort) -> None:
    """An assignment that nobody has handed in yet waits, and says so."""
    write_term(cohort.root)
    (cohort.root / "term.toml").write_text(
        (cohort.root / "term.toml").read_text().replace("handed in", "nowhere")
    )
    ended = cohort.call("grade", "--out", "")

    assert ended.code == 0
    assert "Not graded: lamp, a: there is no 'nowhere' yet." in ended.out


def test_decision_outlives_a_regrade(cohort: Cohort) -> None:
    """What was decided by hand is taken along, and listed where its ground changed."""
    cohort.hand_in("bo", WRONG)
    cohort.grade()
    decide(cohort.out, "bo")
    cohort.hand_in("bo-2")
    (cohort.folder / "bo" / "app" / "main.py").write_text(
        (cohort.folder / "bo-2" / "app" / "main.py").read_text()
    )
    again = cohort.root / "again"
    ended = cohort.call("regrade", str(cohort.out), "--out", str(again), "--diff")

    assert "7 points, 'It was unclear.'" in ended.out.replace("\n", " ")
    line = next(each for each in (again / "grades.csv").read_text().splitlines() if "bo," in each)
    assert ",passed,7," in line


def test_decision_about_nobody_is_refused(cohort: Cohort) -> None:
    """A name that nobody has would be forgotten in silence."""
    cohort.use_own_workers()  # a refusal ends them
    cohort.hand_in("bo")
    cohort.grade()
    decide(cohort.out, "bob")
    ended = cohort.grade("--resume")

    assert ended.code == 2
    assert "Do you mean 'bo'?" in ended.err


def test_alike_work_is_listed(cohort: Cohort) -> None:
    """Submissions of a run are compared; nobody is accused."""
    for name in ("ada", "bo"):
        cohort.hand_in(name)
    graded = cohort.grade()
    assert graded.code == 0, graded.err
    target = cohort.root / "alike"
    ended = cohort.compare(cohort.out, target)

    assert ended.code == 0, ended.err
    assert "Compared 2 submissions: 0 pairs share" in ended.out
    assert (target / "index.html").is_file()
