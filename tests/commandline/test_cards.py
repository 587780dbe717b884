"""`cards` asks questions of interviews, keeps each answer, and writes a deck for Anki."""

import io
import sqlite3
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dojo.commandline.cards_command import CardSession, ask_cards
from dojo.commandline.dialogue import Dialogue
from dojo.learning.cards import open_card_log
from dojo.output.terminal import open_console

from ..learning.test_cards import CARD
from .conftest import Dojo

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
Ask = Callable[..., str]


@pytest.fixture(autouse=True)
def card(repository: Path) -> None:
    """Give the repository a card and the question that it answers."""
    (repository / "cards").mkdir()
    (repository / "cards/loop.md").write_text(CARD, "utf-8")
    questions = 'S9-Q1 = "What does an event loop do?"\nS9-Q2 = "What is a thread?"\n'
    (repository / "cards/questions.toml").write_text(questions, "utf-8")


@pytest.fixture
def ask(repository: Path) -> Ask:
    """Give a function that asks with the lines of a pipe, at a time, and gives the output."""

    def call(*lines: str, now: datetime = NOW, only_due: bool = False) -> str:
        written = io.StringIO()
        answers = io.StringIO("".join(f"{line}\n" for line in lines))
        dialogue = Dialogue(answers, open_console(written))
        ask_cards(CardSession(repository, dialogue, None, None, only_due, tell_time=lambda: now))
        return written.getvalue()

    return call


def test_card_is_asked_and_rated(ask: Ask, repository: Path) -> None:
    """Question, then answer, then how well it went; and when it comes again."""
    written = ask("", "3")

    question, _, answer = written.partition("What is a `loop`?")
    assert "1 of 1: async, mid" in question
    assert '"It runs one callback at a time."' in answer
    assert "They may ask next:\n- And two loops? Two threads." in answer
    assert 'A wrong answer says:\n- "it is a thread" it runs in one.' in answer
    assert "It is due again on 2026-05-0" in answer
    assert [each.rating.value for each in open_card_log(repository).read()["loop"]] == [3]


def test_only_due_cards_are_asked(ask: Ask) -> None:
    """With `--due` a new card waits, and one that is known until its day."""
    assert "No card is due now." in ask(only_due=True)
    ask("", "4")
    assert "No card is due now. The next one is due on 2026-" in ask(only_due=True)
    assert "1 card is due" in ask("q", now=NOW + timedelta(days=400), only_due=True)


def test_stopped_session_keeps_answers(ask: Ask, repository: Path) -> None:
    """`q` stops before an answer, and nothing is kept of it."""
    written = ask("", "q")

    assert "No answer is kept." in written
    assert open_card_log(repository).read() == {}


def test_deck_for_anki_is_written(dojo: Dojo, repository: Path) -> None:
    """Anki's package holds a note for each card, and the same identities every time."""
    ended = [dojo("cards", "--export", "anki", "--to", f"{name}.apkg") for name in "ab"]

    assert ended[0].out.startswith("Wrote 1 cards to 'a.apkg'.\n")
    kept = [read_notes(repository / f"{name}.apkg", repository) for name in "ab"]
    assert kept[0] == kept[1]
    ((_, fields, tags),) = kept[0]
    assert "What is a <code>loop</code>?" in fields
    assert tags.split() == ["async", "mid"]


def read_notes(package: Path, scratch: Path) -> list[tuple[str, str, str]]:
    """Read identity, fields and tags of the notes in a package."""
    with zipfile.ZipFile(package) as archive:
        archive.extract("collection.anki2", scratch)
    database = sqlite3.connect(scratch / "collection.anki2")
    try:
        return database.execute("SELECT guid, flds, tags FROM notes").fetchall()
    finally:
        database.close()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--cards", "0"), "`--cards 0` asks nothing. Give a number of at least 1."),
        (("--level", "senior"), "No card fits. Run `nox -s cards` without"),
        (("--export", "anki", "--to", "no/a.apkg"), "The deck cannot be written: "),
    ],
)
def test_wrong_use_is_told(dojo: Dojo, arguments: tuple[str, ...], told: str) -> None:
    """Each refusal says what to do."""
    ended = dojo("cards", *arguments)

    assert ended.code == 2
    assert ended.err.startswith(told)


def test_questions_are_listed(dojo: Dojo) -> None:
    """`list --questions` says which card or kata answers each of them; words choose some."""
    everything, some = dojo("list", "--questions"), dojo("list", "--questions", "thread")

    assert "- What does an event loop do?\n  (S9-Q1) loop\n" in everything.out
    assert "1 of 2 questions have a kata or a card." in everything.out
    assert some.out.startswith("- What is a thread?\n  (S9-Q2) nothing yet\n")
