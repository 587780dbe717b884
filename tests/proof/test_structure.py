"""The structure of a kata is checked file by file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dojo.model.catalogue import Kata
from dojo.model.reports import CriterionResult, Outcome
from dojo.proof.structure import check_structure

Break = Callable[[Kata], None]

CRITERIA = [
    CriterionResult(
        name=name, sentence="…", task=task, outcome=Outcome.PASSED, points=1, possible_points=1
    )
    for name, task in (("test_lamp_is_off", 1), ("test_lamp_switches_on", 2))
]


def change(path: str, old: str, new: str) -> Break:
    """Replace a text in a file of the exercise."""

    def apply(kata: Kata) -> None:
        file = kata.root / path.format(id=kata.id)
        file.write_text(file.read_text().replace(old, new))

    return apply


def create(path: str) -> Break:
    """Add a file."""

    def apply(kata: Kata) -> None:
        file = kata.root / path.format(id=kata.id)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()

    return apply


TRAFFIC = """
from dojo.grader import Freedom, Traffic

traffic = Traffic((), (Freedom("{words}", "body"),), requests={requests})
"""


def write(path: str, text: str) -> Break:
    """Add a file with a text."""

    def apply(kata: Kata) -> None:
        (kata.root / path.format(id=kata.id)).write_text(text)

    return apply


def remove(path: str) -> Break:
    """Remove a file."""
    return lambda kata: Path(kata.root / path.format(id=kata.id)).unlink()


def test_whole_kata_has_no_defect(kata: Kata) -> None:
    """A kata with all its files in order has nothing to tell."""
    assert check_structure(kata, CRITERIA) == []


@pytest.mark.parametrize(
    ("breaking", "told"),
    [
        (remove("exercises/{id}/HINTS.md"), "'exercises/07_lamp/HINTS.md' is missing."),
        (create("exercises/{id}/x.db"), "'exercises/07_lamp/x.db' does not belong there."),
        (
            write("graders/{id}/traffic.py", TRAFFIC.format(requests=40, words="Off. On.")),
            "The README does not say what is said to leave open: 'Off. On.'.",
        ),
        (
            write("graders/{id}/traffic.py", TRAFFIC.format(requests=39, words="Off.")),
            "The traffic 'traffic' has 39 requests; 40 to 80 are right.",
        ),
        (create("graders/{id}/draft.txt"), "'graders/07_lamp/draft.txt' does not belong there."),
        (
            change("exercises/{id}/README.md", "Off.", "Off.\n" * 100),
            "'README.md' has 107 lines; 100 are the most.",
        ),
        (
            change("exercises/{id}/README.md", "## 2. Switch it on", "## 3. Switch it on"),
            "Task 3 of the README has no criterion.",
        ),
        (
            change("exercises/{id}/README.md", "## 2. Switch it on", "## 3. Switch it on"),
            "A criterion belongs to task 2, which the README does not have.",
        ),
        (
            change("exercises/{id}/HINTS.md", "Switch it on", "Switch on"),
            "The headings of HINTS.md differ from the tasks of the README.",
        ),
        (
            change("exercises/{id}/HINTS.md", "1. Look at the method.", "Look."),
            "A task of HINTS.md has no numbered hint.",
        ),
        (
            change("solutions/{id}/NOTES.md", "wrong/plain_status", "wrong/plain"),
            "NOTES.md does not link to the wrong submission 'plain_status'.",
        ),
        (
            change("solutions/{id}/NOTES.md", "`always_on`", "`never_on`"),
            "NOTES.md does not name the wrong answer 'always_on'. Write it as `always_on`.",
        ),
        (
            change("solutions/{id}/NOTES.md", "`always_on`", "`never_on`"),
            "NOTES.md names the answer 'never_on', which does not exist.",
        ),
        (
            change("solutions/{id}/NOTES.md", "# Notes", "`nox -s show -- 07 half_on`"),
            "NOTES.md names the answer 'half_on', which does not exist.",
        ),
        (
            change("graders/{id}/wrong.toml", "always_on", "plain_status"),
            "2 known answers have the name 'plain_status'. Give each a name of its own.",
        ),
        (
            change("exercises/{id}/app/main.py", "TODO", "DONE"),
            "'app' and '.stub/app' differ: the stub is not pristine.",
        ),
        (
            change("exercises/{id}/kata.toml", "app/main.py", "app/lamp.py"),
            "'app/lamp.py' is listed as editable but is not in the stub.",
        ),
        (create("solutions/{id}/app/__init__.py"), "The solution holds 'app/__init__.py'"),
        (
            change("exercises/{id}/kata.toml", "minutes = 5", 'minutes = 5\npublic = ["test_x"]'),
            "`public` names the criterion 'test_x', which does not exist.",
        ),
        (
            change("exercises/{id}/kata.toml", "after = []", 'after = ["01_nothing"]'),
            "`after` names the kata '01_nothing', which does not exist.",
        ),
        (
            change("exercises/{id}/kata.toml", "after = []", 'after = ["07_lamp"]'),
            "`after` leads in a circle: the kata would come after itself.",
        ),
        (
            change("exercises/rules.toml", "[name_", "[call_"),
            "`rules` names 'name_the_thing', which 'exercises/rules.toml' does not have.",
        ),
        (
            change("exercises/rules.toml", "always_on", "never_on"),
            "The rule 'name_the_thing' names the wrong answer '07_lamp/never_on', which does not",
        ),
        (
            change("exercises/{id}/kata.toml", "name_the_thing", "hold_the_lamp"),
            "'name_the_thing' has the wrong answer '07_lamp/always_on'. Name it in `rules`.",
        ),
    ],
)
def test_each_flaw_is_told(kata: Kata, breaking: Break, told: str) -> None:
    """Whatever is missing, stale or out of place gets a sentence of its own."""
    breaking(kata)
    defects = check_structure(kata, CRITERIA)

    assert any(told in each for each in defects), defects


def test_drawn_traffic_stands_last(kata: Kata) -> None:
    """A criterion that draws its traffic ahead of others would take the hints of all of them."""
    path = kata.grader / "test_lamp.py"
    source = path.read_text()
    path.write_text(source.replace("test_lamp_is_off(", "test_lamp_is_off(oracle, "))

    assert any("draws its traffic. Move it" in each for each in check_structure(kata, CRITERIA))
