"""A report never shows where it was made, what its grader looks like or an answer that is secret.

Every wrong submission of the first katas is graded here by one of the criteria that it fails, a
different one each time.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dojo.model.catalogue import Catalogue, Kata
from dojo.model.reports import Outcome, Report
from dojo.proof.cases import ExpectFile, list_cases
from dojo.runner.grading import Job, Options
from dojo.runner.pool import Pool

from .leaks import read_secrets

ROOT = Path(__file__).parent.parent
KATAS = Catalogue(ROOT).katas[:3]
"""Enough for the engine: a criterion, a lab that waits, evidence. All would take minutes."""

LEAKING_GRADER = '''\
"""Grader of a kata that gives everything away."""

from pathlib import Path

from dojo.grader import Failure, Host, criterion, expect

SECRET_LINE_OF_THE_GRADER = Path(__file__).read_text().splitlines()[6]


@criterion(task=1)
async def test_path_leaks(host: Host) -> None:
    """A path is shown to whoever reads this."""
    raise Failure("nothing", f"seen in {__file__}")


@criterion(task=1)
async def test_source_leaks(host: Host) -> None:
    """A line of the source is shown."""
    raise Failure("nothing", SECRET_LINE_OF_THE_GRADER)


@criterion(task=1)
async def test_comment_leaks(host: Host) -> None:
    """A comment of the grader is shown."""
    raise Failure("nothing", "# a comment that nobody should read")  # no comment
    # a comment that nobody should read


@criterion(task=1)
async def test_answers_leak(client) -> None:
    """An answer is shown, and the key at which it is expected."""
    document = await client.get("/openapi.json")
    expect(document).status(200).json_at("info", "title", equals="The secret title")


@criterion(task=1)
async def test_stated_answer_is_public(client) -> None:
    """An answer that the README states is no secret."""
    expect(await client.get("/openapi.json")).json_at("info", "version", equals="2.1.0")
'''


def grade(kata: Kata, jobs: Mapping[str, Job]) -> dict[str, Report]:
    """Grade submissions of one kata; those that have to wait for a lab wait side by side."""
    with Pool(2 if kata.file.labs else 1) as pool:
        return dict(zip(jobs, pool.grade_all(jobs.values()), strict=True))


def list_jobs(kata: Kata, scratch: Path) -> dict[str, Job]:
    """Give the wrong submissions by name, each with one of the criteria that it fails."""
    jobs: dict[str, Job] = {}
    for case in list_cases(kata, scratch):
        if case.kind == "wrong" and isinstance(case.expected, ExpectFile):
            failing = (*case.expected.fails, *case.expected.errors)
            options = Options("1", (failing[len(jobs) % len(failing)],))
            jobs[case.name] = Job(kata, case.source, options)
    return jobs


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Report]]:
    """The reports of the wrong submissions, by kata and name."""
    scratch = tmp_path_factory.mktemp("overlays")
    jobs = {kata: list_jobs(kata, scratch) for kata in KATAS}
    with ThreadPoolExecutor(2) as executor:
        graded = executor.map(grade, jobs, jobs.values())
    return {kata.id: found for kata, found in zip(jobs, graded, strict=True)}


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.id)
def test_wrong_submissions_learn_no_secret(
    kata: Kata, reports: dict[str, dict[str, Report]]
) -> None:
    """No report shows a path, a line of the grader or an answer that the README does not show."""
    secrets = read_secrets(kata)
    found = {name: secrets.find(report) for name, report in reports[kata.id].items()}

    assert {name: shown for name, shown in found.items() if shown} == {}


def test_leaking_grader_is_noticed(tmp_path: Path) -> None:
    """A grader that shows its path, its source, a comment and an answer is found out."""
    kata = build_kata(tmp_path)
    report = grade(kata, {"stub": Job(kata, kata.exercise, Options("1"))})["stub"]

    assert {each.outcome for each in report.criteria} == {Outcome.FAILED}
    assert read_secrets(kata).find(report) == [
        str(tmp_path),
        "graders/07_open_book",
        "SECRET_LINE_OF_THE_GRADER = Path(__file__).read_text().splitlines()[6]",
        "# a comment that nobody should read",
        "The secret title",
        "title",
    ]


def build_kata(root: Path) -> Kata:
    """Build a repository with the one kata whose grader leaks."""
    app = "from fastapi import FastAPI\n\napp = FastAPI()\n"
    description = 'title = "Open book"\ntrack = "basics"\nlevel = "junior"\nminutes = 5\n'
    description += 'after = []\nrules = ["name_the_thing"]\n'
    files = {
        "exercises/07_open_book/README.md": "# Open book\n\n## 1. State the `version` 2.1.0\n",
        "exercises/07_open_book/kata.toml": f'{description}editable = ["app/main.py"]\n',
        "exercises/07_open_book/.stub/app/main.py": app,
        "exercises/07_open_book/app/main.py": app,
        "graders/07_open_book/test_open_book.py": LEAKING_GRADER,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return Catalogue(root).find("07")
