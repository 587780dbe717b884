"""The command `cards`: ask the questions of interviews again and again, or give them to Anki."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ..learning.cards import (
    CardStanding,
    InterviewCard,
    choose_cards,
    list_standings,
    open_card_log,
    read_cards,
)
from ..learning.exercises import Progress
from ..learning.reviews import ReviewAnswer
from ..model.catalogue import LEVELS, TRACKS, Catalogue, find_root
from ..model.errors import ExitCode, UsageError, explain
from ..output import card_pages as pages
from ..output.terminal import open_console, render_sentences
from .dialogue import Dialogue, Stopped

_MOST = 10


@dataclass(frozen=True)
class CardSession:
    """What a session of cards works with: where, whose answers, which cards, and the time."""

    root: Path
    dialogue: Dialogue
    track: str | None = None
    level: str | None = None
    only_due: bool = False
    most: int = _MOST
    tell_time: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))


def add_cards_options(parser: argparse.ArgumentParser) -> None:
    """Add which cards are asked, how many, and the export."""
    add = parser.add_argument
    add("--due", action="store_true", help="ask no new ones")
    add("--track", choices=TRACKS, metavar="TRACK", help=", ".join(TRACKS))
    add("--level", choices=LEVELS, help="how hard they are")
    add("--cards", type=int, default=_MOST, metavar="N", help=f"ask at most N ({_MOST})")
    add("--export", choices=("anki",), help="write them all for this program, and ask none")
    add("--to", metavar="FILE", default="fastapi_katas.apkg", help="the file of the export")


def run_cards(arguments: argparse.Namespace) -> int:
    """Ask in the terminal, or for the lines of a pipe; or write the deck."""
    if arguments.cards < 1:
        raise UsageError(f"`--cards {arguments.cards}` asks nothing. Give a number of at least 1.")
    root = find_root(Path.cwd())
    if arguments.export:
        return _export(_select(root, arguments.track, arguments.level), Path(arguments.to))
    dialogue = Dialogue(sys.stdin, open_console())
    ask_cards(
        CardSession(
            root, dialogue, arguments.track, arguments.level, arguments.due, arguments.cards
        )
    )
    return ExitCode.PASSED


def _select(root: Path, track: str | None, level: str | None) -> list[InterviewCard]:
    cards = [
        card
        for card in read_cards(Catalogue(root))
        if track in (None, card.head.track) and level in (None, card.head.level)
    ]
    if not cards:
        raise UsageError("No card fits. Run `nox -s cards` without `--track` and `--level`.")
    return cards


def _export(cards: Sequence[InterviewCard], path: Path) -> int:
    from ..output.anki_deck import write_deck

    try:
        write_deck(cards, path)
    except OSError as error:
        raise UsageError(
            f"The deck cannot be written: {explain(error)}. Name a file in a folder that exists."
        ) from None
    sentences = [f"Wrote {len(cards)} cards to '{path}'.", "In Anki: File, Import, this file."]
    render_sentences(sentences, open_console())
    return ExitCode.PASSED


def ask_cards(session: CardSession) -> None:
    """Ask the cards that are due, then new ones; keep each answer at once."""
    console, start = session.dialogue.console, session.tell_time()
    standings = list_standings(session.root, _select(session.root, session.track, session.level))
    if session.only_due:
        standings = [each for each in standings if each.due is not None]
    chosen = choose_cards(standings, start, _read_passes(session.root))
    if not chosen:
        pages.render_nothing(
            min((each.due for each in standings if each.due), default=None), console
        )
        return
    asked, due = chosen[: session.most], _count_due(standings, start)
    pages.render_start(due, len(chosen) - due, len(asked), console)
    answered = 0
    for number, card in enumerate(asked, 1):
        pages.render_question(card, f"{number} of {len(asked)}", console)
        try:
            session.dialogue.ask("Say your answer, then press Enter to compare.")
            pages.render_answer(card, console)
            rating = session.dialogue.rate()
        except Stopped:
            break
        answer = ReviewAnswer(at=session.tell_time(), form="card", rating=rating)
        open_card_log(session.root).add(card.id, answer)
        answered += 1
        (standing,) = list_standings(session.root, [card])
        assert standing.due is not None
        pages.render_return(card, standing.due, console)
    left = list_standings(session.root, [each.card for each in standings])
    pages.render_end(answered, _count_due(left, session.tell_time()), console)


def _count_due(standings: Sequence[CardStanding], now: datetime) -> int:
    return sum(each.due is not None and each.due <= now for each in standings)


def _read_passes(root: Path) -> dict[str, bool]:
    progress = Progress(root)
    return {kata.id: progress.read(kata.id).passed_at is not None for kata in Catalogue(root).katas}
