"""Cards are questions with spoken answers; every question of interviews is covered by something."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fsrs import Rating

from dojo.learning.cards import (
    CardStanding,
    InterviewCard,
    Remark,
    choose_cards,
    find_cover,
    list_standings,
    open_card_log,
    read_cards,
    read_questions,
)
from dojo.learning.interviews import read_sessions
from dojo.learning.reviews import ReviewAnswer
from dojo.model.catalogue import Catalogue, CatalogueError

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 5, 1, tzinfo=UTC)
CARD = """+++
track = "async"
level = "mid"
questions = ["S9-Q1"]
katas = ["02_blocking_route"]
+++
# What is a `loop`?

"It runs one
callback at a time."

## Follow-ups

- *And two
  loops?* Two threads.

## A wrong answer says

- "it is a thread" – it runs in one.
"""


@pytest.fixture(scope="module")
def cards() -> list[InterviewCard]:
    """All cards of this repository."""
    return read_cards(Catalogue(ROOT))


def write_card(root: Path, text: str, name: str = "loop") -> None:
    """Write a card into a repository without katas."""
    (root / "exercises").mkdir(exist_ok=True)
    (root / "cards").mkdir(exist_ok=True)
    (root / "cards" / f"{name}.md").write_text(text, "utf-8")


def test_card_is_read(tmp_path: Path) -> None:
    """Lines of a paragraph belong together; the head says where the card belongs."""
    write_card(tmp_path, CARD)

    (card,) = read_cards(Catalogue(tmp_path))

    assert (card.id, card.question) == ("loop", "What is a `loop`?")
    assert card.answer == "It runs one callback at a time."
    assert card.follow_ups == (Remark("And two loops?", "Two threads."),)
    assert card.wrong == (Remark('"it is a thread"', "it runs in one."),)
    assert (card.head.track, card.head.questions) == ("async", ("S9-Q1",))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("+++\ntrack", "track", "no head"),
        ('"mid"', '"expert"', "level"),
        ("- *And two\n  loops?* Two threads.", "- And?", "'- And?' is no question"),
    ],
)
def test_wrong_card_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    """The file and what is wrong in it are named."""
    write_card(tmp_path, CARD.replace(old, new))

    with pytest.raises(CatalogueError, match=r"'loop\.md' cannot be read as a card") as refused:
        read_cards(Catalogue(tmp_path))

    assert told in str(refused.value)


def test_every_kata_has_a_card(cards: list[InterviewCard]) -> None:
    """The notes on each solution end with a question, its answer and two follow-ups at least."""
    by_id = {card.id: card for card in cards}

    assert {kata.id for kata in Catalogue(ROOT).katas} <= set(by_id)
    assert [card.id for card in cards if len(card.follow_ups) < 2] == []
    assert [card.id for card in cards if not 60 <= len(card.answer.split()) <= 180] == []


def test_every_question_is_covered(cards: list[InterviewCard]) -> None:
    """Each of the 128 questions has a kata or a card, and cards name no others."""
    questions = read_questions(ROOT)
    cover = find_cover(questions, cards, Catalogue(ROOT).katas)

    assert len(questions) == 128
    assert [each for each, found in cover.items() if not found] == []


def test_cards_name_katas_that_exist(cards: list[InterviewCard]) -> None:
    """What a card calls its practice is there."""
    named = {kata for card in cards for kata in card.head.katas}

    assert named <= {kata.id for kata in Catalogue(ROOT).katas}


def test_sessions_name_cards_and_katas(cards: list[InterviewCard]) -> None:
    """A fixed session asks only for what is there."""
    katas = {kata.id for kata in Catalogue(ROOT).katas}
    for session in read_sessions(ROOT).values():
        assert set(session.cards) <= {card.id for card in cards}
        assert set(session.katas) <= katas


def test_due_cards_come_first(tmp_path: Path) -> None:
    """Then new ones; of these, last those that tell the solution of a kata not passed."""
    for name in "abcd":
        write_card(tmp_path, CARD, name)
    cards = read_cards(Catalogue(tmp_path))
    standings = [
        CardStanding(card, due)
        for card, due in zip(
            cards, [None, NOW + timedelta(days=1), NOW - timedelta(days=1), None], strict=True
        )
    ]

    chosen = choose_cards(standings, NOW, {"a": False})

    assert [card.id for card in chosen] == ["c", "d", "a"]


def test_known_card_comes_back_later(tmp_path: Path) -> None:
    """The better an answer was known, the later the card is due."""
    write_card(tmp_path, CARD, "a")
    write_card(tmp_path, CARD, "b")
    for name, rating in (("a", Rating.Again), ("b", Rating.Easy)):
        answer = ReviewAnswer(at=NOW, form="card", rating=rating)
        open_card_log(tmp_path).add(name, answer)

    forgotten, known = list_standings(tmp_path, read_cards(Catalogue(tmp_path)))

    assert forgotten.due is not None
    assert known.due is not None
    assert NOW < forgotten.due < known.due
