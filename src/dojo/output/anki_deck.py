"""The deck for Anki: every card as a note with a front and a back.

Decks and notes keep their identity from export to export, so that Anki updates what it has.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import genanki
from markupsafe import Markup

from ..learning.cards import InterviewCard, Remark
from .pages import mark_code

_NAME = "FastAPI katas"
_LARGEST_ID = 2**31
"""Anki takes ids of decks and models below this."""


def write_deck(cards: Iterable[InterviewCard], path: Path) -> None:
    """Write cards as a package for Anki; `OSError` where it cannot be written."""
    model = genanki.Model(
        _make_id("model"),
        _NAME,
        fields=[{"name": "Question"}, {"name": "Answer"}],
        templates=[
            {
                "name": "Say it aloud",
                "qfmt": "{{Question}}",
                "afmt": '{{FrontSide}}<hr id="answer">{{Answer}}',
            }
        ],
        css=".card { font-family: sans-serif; font-size: 18px; max-width: 40em; margin: auto; }",
    )
    deck = genanki.Deck(_make_id("deck"), _NAME)
    for card in cards:
        deck.add_note(
            genanki.Note(
                model=model,
                fields=[str(mark_code(card.question)), str(write_back(card))],
                tags=[card.head.track, card.head.level],
                guid=genanki.guid_for(card.id),
            )
        )
    genanki.Package(deck).write_to_file(str(path))


def write_back(card: InterviewCard) -> Markup:
    """Write the back of a card as HTML."""
    parts = [Markup("<p>{}</p>").format(mark_code(card.answer))]
    parts += _write_list("They may ask next", card.follow_ups)
    parts += _write_list("A wrong answer says", card.wrong)
    if card.head.katas:
        parts.append(Markup("<p>Practise it: {}</p>").format(", ".join(card.head.katas)))
    return Markup("").join(parts)


def _write_list(title: str, remarks: Sequence[Remark]) -> list[Markup]:
    if not remarks:
        return []
    items = [
        Markup("<li><i>{}</i> {}</li>").format(mark_code(each.said), mark_code(each.answer))
        for each in remarks
    ]
    return [Markup("<p>{}</p><ul>{}</ul>").format(title, Markup("").join(items))]


def _make_id(what: str) -> int:
    digest = hashlib.sha256(f"{_NAME}: {what}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _LARGEST_ID
