"""What was learnt is due again by FSRS, from the passes of katas and the answers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fsrs import Rating

from dojo.learning.exercises import KataProgress, Progress
from dojo.learning.reviews import LearntRule, list_due, list_learnt, schedule
from dojo.model.catalogue import Catalogue

START = datetime(2026, 5, 1, tzinfo=UTC)
RULES = "".join(
    f'[{name}]\nsentence = "This is rule {name}."\n'
    f'[[{name}.cards]]\nquestion = "What is {name}?"\nanswer = "It is {name}."\n'
    for name in ("walls", "roofs", "doors")
)


def write_kata(root: Path, kata: str, track: str, after: list[str], rules: list[str]) -> None:
    """Write the description of a kata."""
    folder = root / "exercises" / kata
    folder.mkdir(parents=True)
    (folder / "kata.toml").write_text(
        f'title = "Kata"\ntrack = "{track}"\nlevel = "mid"\nminutes = 5\n'
        f'after = {after}\nrules = {rules}\neditable = ["app/main.py"]\n'
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a capstone that builds on a roof, which builds on walls; and a door beside it."""
    write_kata(tmp_path, "01_walls", "basics", [], ["walls"])
    write_kata(tmp_path, "02_roof", "basics", ["01_walls"], ["roofs", "walls"])
    write_kata(tmp_path, "03_door", "basics", [], ["doors"])
    write_kata(tmp_path, "53_house", "capstone", ["02_roof"], ["walls"])
    (tmp_path / "exercises" / "rules.toml").write_text(RULES)
    return tmp_path


def learn(root: Path, kata: str, moment: datetime = START) -> dict[str, LearntRule]:
    """Pass a kata; give what is learnt by now."""
    Progress(root).write(kata, KataProgress(passed_at=moment))
    return {each.id: each for each in list_learnt(Catalogue(root))}


def test_rules_of_passed_katas_are_learnt(root: Path) -> None:
    """A pass teaches the rules of this kata, and no other."""
    learnt = learn(root, "03_door")

    assert list(learnt) == ["doors"]
    assert [kata.id for kata in learnt["doors"].katas] == ["03_door"]


def test_passed_rule_is_due_after_days(root: Path) -> None:
    """What was just learnt is not due, and some days later it is."""
    learnt = learn(root, "03_door").values()

    assert list_due(learnt, START + timedelta(hours=20)) == []
    assert len(list_due(learnt, START + timedelta(days=10))) == 1


def test_second_kata_counts_as_review(root: Path) -> None:
    """A rule that another passed kata teaches as well is due later."""
    once = learn(root, "01_walls")["walls"].due
    twice = learn(root, "02_roof", START + timedelta(days=2))["walls"].due

    assert twice > once + timedelta(days=2)


def test_capstone_counts_for_its_parts(root: Path) -> None:
    """A passed capstone teaches the rules of all katas it stands on, and of no other."""
    learnt = learn(root, "53_house")

    assert set(learnt) == {"roofs", "walls"}


def test_other_katas_count_for_themselves(root: Path) -> None:
    """A pass of an ordinary kata says nothing of what it builds on."""
    assert [kata.id for kata in learn(root, "02_roof")["walls"].katas] == ["02_roof"]


def test_workspace_has_rules_of_repository(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is learnt in a workspace is told by the list in the repository."""
    workspace = tmp_path_factory.mktemp("workspace")
    (workspace / "exercises" / "03_door").mkdir(parents=True)
    (workspace / ".dojo").mkdir()
    (workspace / ".dojo" / "repository").write_text(f"{root}\n")

    assert list(learn(workspace, "03_door")) == ["doors"]


def test_better_answers_last_longer() -> None:
    """The worse something was known, the sooner it is asked again."""
    later = START + timedelta(days=3)
    dues = [schedule([(START, Rating.Good), (later, rating)]) for rating in Rating]

    assert dues == sorted(dues)
    assert later + timedelta(days=1) <= dues[0] < dues[-1]


def test_order_of_answers_is_their_time() -> None:
    """Answers count in the order of their moments, however they are given."""
    answers = [(START + timedelta(days=day), Rating.Good) for day in (0, 3, 9)]

    assert schedule(answers) == schedule(answers[::-1])
