"""A tutor prompt holds what its learner has, and nothing of a grader, a solution or its notes.

For all katas every criterion is reported as failed and every hint counts as read; for some the stub
is graded for real. That reports themselves give nothing away is shown in `test_no_leaks`.
"""

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from dojo.learning.exercises import Exercise, KataProgress, Progress, read_tasks
from dojo.model.catalogue import Catalogue, Kata
from dojo.model.reports import CriterionResult, Environment, Finding, Outcome, Report
from dojo.output.tutor_prompt import write_prompt
from dojo.proof.cases import read_sentences
from dojo.runner.grading import Job, Options
from dojo.runner.pool import Pool

from .leaks import SHORTEST_LINE, read_secrets

ROOT = Path(__file__).parent.parent
KATAS = Catalogue(ROOT).katas
GRADED = [kata for kata in KATAS if kata.number in ("01", "03", "47")]
"""Of three kinds: plain answers, evidence, the learner's own tests."""

_TEXTS = {".py", ".toml", ".md", ".json", ""}
_ENVIRONMENT = Environment(
    dojo="0",
    python="3",
    fastapi="0",
    platform="Linux",
    isolation="basic",
    grader_digest="",
    submission_digest="",
)


@pytest.fixture(autouse=True)
def all_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every hint of every kata read."""

    def read(progress: Progress, kata: str) -> KataProgress:
        del progress
        tasks = read_tasks(ROOT / "exercises" / kata / "HINTS.md")
        return KataProgress(hints={task.number: len(task.hints) for task in tasks})

    monkeypatch.setattr(Progress, "read", read)


def fail_everything(kata: Kata) -> Report:
    """Make a report in which each criterion of a kata failed."""
    results = tuple(
        CriterionResult(
            name=name,
            sentence=sentence,
            task=1,
            outcome=Outcome.FAILED,
            points=0,
            possible_points=1,
            finding=Finding(kind="behaviour", seen="something else"),
        )
        for name, sentence in read_sentences(kata).items()
        if name.startswith("test_")
    )
    title = kata.file.title
    return Report(kata=kata.id, title=title, seed="1", criteria=results, environment=_ENVIRONMENT)


def grade_stub(kata: Kata) -> Report:
    """Grade what a learner starts with."""
    with Pool(1) as pool:
        return pool.submit(Job(kata, kata.stub, Options("1"))).result()


def list_texts(*folders: Path) -> Iterator[str]:
    """Give the texts of all files in folders."""
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.is_file() and path.suffix in _TEXTS:
            yield path.read_text("utf-8")


@functools.cache
def list_secrets(kata: Kata) -> set[str]:
    """Give the lines of grader, solution and notes that stand nowhere in the exercise.

    Docstrings of criteria are written for learners, and are no secret; nor is a single word.
    """
    public = flatten("\n".join(list_texts(kata.exercise)))
    lines = set(read_secrets(kata).lines)
    for text in list_texts(kata.solution, kata.grader / "submissions"):
        lines |= set(text.splitlines())
    for name in ("traffic.py", "wrong.toml", "survivors.toml", "mutants.toml", "variants.toml"):
        if (kata.grader / name).is_file():
            lines |= set((kata.grader / name).read_text("utf-8").splitlines())
    return {line for line in map(flatten, lines) if " " in line and line not in public}


def flatten(text: str) -> str:
    """Write a text on one line, without white space at its ends."""
    return " ".join(text.split())


def find_secrets(kata: Kata, prompt: str) -> set[str]:
    """Give the secret lines that a prompt holds: long ones anywhere in it, short ones as a line."""
    text, lines = flatten(prompt), {flatten(line) for line in prompt.splitlines()}
    return {
        secret
        for secret in list_secrets(kata)
        if secret in lines or (len(secret) >= SHORTEST_LINE and secret in text)
    }


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.id)
def test_prompt_gives_nothing_away(kata: Kata) -> None:
    """No line of grader, solution or notes stands in it."""
    prompt = write_prompt(Exercise(kata), fail_everything(kata))

    assert find_secrets(kata, prompt) == set()


@pytest.mark.parametrize("kata", GRADED, ids=lambda kata: kata.id)
def test_prompt_with_real_report_gives_nothing_away(kata: Kata) -> None:
    """What a real report adds is nothing of grader, solution or notes either."""
    prompt = write_prompt(Exercise(kata), grade_stub(kata))

    assert "FAILED" in prompt
    assert find_secrets(kata, prompt) == set()


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.id)
def test_secrets_would_be_found(kata: Kata) -> None:
    """A prompt with the solution, its notes and the grader in it would fail these tests."""
    for folder in (kata.solution, kata.grader):
        assert find_secrets(kata, "\n".join(list_texts(folder)))


def test_prompt_holds_what_the_learner_has() -> None:
    """Statement, code, report and hints are there, and the request for questions without code."""
    kata = Catalogue(ROOT).find("01")
    report = fail_everything(kata)
    prompt = write_prompt(Exercise(kata), report)

    assert (kata.exercise / "README.md").read_text("utf-8").strip() in prompt
    assert (kata.exercise / "app/main.py").read_text("utf-8").strip() in prompt
    assert report.criteria[0].sentence in flatten(prompt)
    assert read_tasks(kata.exercise / "HINTS.md")[0].hints[0] in prompt
    assert "Give me no code" in prompt
