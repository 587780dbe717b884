"""Cards: questions of interviews, each with an answer that one would speak in a minute.

They stand in `cards/*.md` and at the end of the notes on each solution, which are cards too.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from ..model.catalogue import LEVELS, TRACKS, Catalogue, CatalogueError, Kata, locate_repository
from .reviews import ReviewLog, schedule

CARDS_FOLDER = Path("cards")
QUESTIONS_FILE = CARDS_FOLDER / "questions.toml"


class CardHead(BaseModel):
    """What stands between the `+++` lines of a card: where it belongs, and what it answers.

    `questions` are ids from `cards/questions.toml`, `katas` those that practise the same.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    track: Literal[TRACKS]  # type: ignore[valid-type]
    level: Literal[LEVELS]  # type: ignore[valid-type]
    questions: tuple[str, ...]
    katas: tuple[str, ...]


@dataclass(frozen=True)
class Remark:
    """A follow-up question and its answer, or what a wrong answer says and why it is wrong."""

    said: str
    answer: str


@dataclass(frozen=True)
class InterviewCard:
    """One card; its id is the name of its file, or the kata whose notes it ends."""

    id: str
    question: str
    answer: str
    follow_ups: tuple[Remark, ...]
    wrong: tuple[Remark, ...]
    head: CardHead


def read_cards(catalogue: Catalogue) -> list[InterviewCard]:
    """Read all cards: those of `cards/` by name, then those of the notes in the order of katas.

    Raises `CatalogueError` if one has not the form of a card. Notes without an interview have none.
    """
    folder = locate_repository(catalogue.root) / CARDS_FOLDER
    cards = [_read_card(path) for path in sorted(folder.glob("*.md"))]
    return [*cards, *(card for kata in catalogue.katas if (card := _read_notes(kata)))]


_CARD = re.compile(
    r"\+\+\+\n(?P<head>.+?)\n\+\+\+\n+# (?P<question>[^\n]+)\n(?P<body>.+)", re.DOTALL
)
_HEADING = re.compile(r"^## (.+)\n", re.MULTILINE)
_REMARK = re.compile(r"- (?:\*(?P<asked>.+?)\*|(?P<wrong>\".+?\") –) (?P<answer>.+)")
_NOTES = re.compile(r"^## In the interview\s+\*\*(.+?)\*\*\s+(.+)\Z", re.MULTILINE | re.DOTALL)


def _read_card(path: Path) -> InterviewCard:
    found = _CARD.fullmatch(path.read_text("utf-8"))
    if found is None:
        raise _refuse(path, "it has no head between two lines `+++`, or no heading below it")
    try:
        head = CardHead.model_validate(tomllib.loads(found["head"]))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise _refuse(path, str(error)) from None
    answer, *parts = _HEADING.split(found["body"])
    lists = dict(zip(parts[::2], parts[1::2], strict=True))
    return InterviewCard(
        id=path.stem,
        question=found["question"].strip(),
        answer=_join(answer).strip('"'),
        follow_ups=tuple(_list_remarks(lists.get("Follow-ups", ""), path)),
        wrong=tuple(_list_remarks(lists.get("A wrong answer says", ""), path)),
        head=head,
    )


def _read_notes(kata: Kata) -> InterviewCard | None:
    path = kata.solution / "NOTES.md"
    found = _NOTES.search(path.read_text("utf-8")) if path.is_file() else None
    if found is None:
        return None
    answer, _, follow_ups = found[2].partition("\n- ")
    file = kata.file
    return InterviewCard(
        id=kata.id,
        question=_join(found[1]),
        answer=_join(answer).strip('"'),
        follow_ups=tuple(_list_remarks(f"- {follow_ups}" if follow_ups else "", path)),
        wrong=(),
        head=CardHead(
            track=file.track, level=file.level, questions=file.questions, katas=(kata.id,)
        ),
    )


def _list_remarks(text: str, path: Path) -> Iterator[Remark]:
    items = re.split(r"\n(?=- )", text.strip())
    for item in items if text.strip() else ():
        found = _REMARK.fullmatch(_join(item))
        if found is None:
            raise _refuse(path, f"'{item}' is no question with its answer")
        yield Remark(found["asked"] or found["wrong"], found["answer"])


def _join(text: str) -> str:
    return " ".join(text.split())


def _refuse(path: Path, reason: str) -> CatalogueError:
    return CatalogueError(f"'{path.name}' cannot be read as a card: {reason}.")


class _QuestionsFile(RootModel[dict[str, str]]):
    """The questions by id."""


def read_questions(root: Path) -> dict[str, str]:
    """Read the questions that people are asked, by id; `CatalogueError` if the file is wrong."""
    path = locate_repository(root) / QUESTIONS_FILE
    try:
        return _QuestionsFile.model_validate(tomllib.loads(path.read_text("utf-8"))).root
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise CatalogueError(f"'{QUESTIONS_FILE.as_posix()}' cannot be read: {error}") from None


def find_cover(
    questions: Iterable[str], cards: Sequence[InterviewCard], katas: Sequence[Kata]
) -> dict[str, tuple[str, ...]]:
    """Say for each question which katas and cards cover it, by their ids."""
    by_question: dict[str, list[str]] = {each: [] for each in questions}
    for id, covered in [
        *((kata.id, kata.file.questions) for kata in katas),
        *((card.id, card.head.questions) for card in cards),
    ]:
        for each in covered:
            if each in by_question and id not in by_question[each]:
                by_question[each].append(id)
    return {question: tuple(ids) for question, ids in by_question.items()}


@dataclass(frozen=True)
class CardStanding:
    """A card and when it is due again; never answered, it has no such day."""

    card: InterviewCard
    due: datetime | None


def open_card_log(root: Path) -> ReviewLog:
    """Open the answers to cards that a learner has given."""
    return ReviewLog(root, "cards.json", "cards")


def list_standings(root: Path, cards: Iterable[InterviewCard]) -> list[CardStanding]:
    """Say of each card when it is due again."""
    answers = open_card_log(root).read()
    return [
        CardStanding(card, schedule([(each.at, each.rating) for each in given]) if given else None)
        for card in cards
        for given in [answers.get(card.id, [])]
    ]


def choose_cards(
    standings: Sequence[CardStanding], now: datetime, passed: Mapping[str, bool]
) -> list[InterviewCard]:
    """Choose the cards to ask now: those that are due, the longest first, then new ones.

    New ones that a kata explains come last while that kata is not passed: they tell its solution.
    """
    due = sorted(
        ((each.due, each.card.id, each.card) for each in standings if each.due and each.due <= now),
        key=lambda each: each[:2],
    )
    new = [each.card for each in standings if each.due is None]
    new.sort(key=lambda card: not passed.get(card.id, True))
    return [*(card for *_, card in due), *new]
