"""The pages of cards: question, answer, what may be asked next; and which questions are covered."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from ..learning.cards import InterviewCard, Remark
from .terminal import print_hanging, render_sentences


def render_start(due: int, new: int, asked: int, console: Console) -> None:
    """Say how many cards there are, and how to stop."""
    cards = "1 card is" if due == 1 else f"{due} cards are"
    sentences = [f"{cards} due, {new} are new. This session asks {asked} of them."]
    render_sentences([*sentences, "`q` and Enter stop it. Each answer is kept at once."], console)


def render_nothing(first_due: datetime | None, console: Console) -> None:
    """Say that no card is to be asked now, and when the next one is."""
    sentence = "No card is due now."
    if first_due is not None:
        sentence += f" The next one is due on {write_day(first_due)}."
    render_sentences([sentence, "`nox -s cards` without `--due` also asks new ones."], console)


def render_question(card: InterviewCard, place: str, console: Console) -> None:
    """Write the question of a card."""
    console.print()
    console.print(Text(f"{place}: {card.head.track}, {card.head.level}", style="bold"))
    console.print()
    render_sentences([card.question], console)


def render_answer(card: InterviewCard, console: Console) -> None:
    """Write what one could have said, and what may be asked next."""
    console.print()
    render_sentences([f'"{card.answer}"'], console)
    _render_remarks("They may ask next:", card.follow_ups, console)
    _render_remarks("A wrong answer says:", card.wrong, console)
    console.print()


def _render_remarks(title: str, remarks: Sequence[Remark], console: Console) -> None:
    if remarks:
        render_sentences(["", title], console)
    for each in remarks:
        print_hanging(Text("- "), f"{each.said} {each.answer}", console)


def render_return(card: InterviewCard, due: datetime, console: Console) -> None:
    """Say when the card is asked again, and which katas practise it."""
    sentence = f"It is due again on {write_day(due)}."
    if card.head.katas:
        sentence += f" Practise it: {', '.join(card.head.katas)}."
    render_sentences([sentence], console)


def render_end(answered: int, left: int, console: Console) -> None:
    """Say what was done and what is left."""
    console.print()
    answers = {0: "No answer is", 1: "1 answer is"}.get(answered, f"{answered} answers are")
    more = {0: "Nothing more is due", 1: "1 more card is due"}.get(left, f"{left} more are due")
    render_sentences([f"{answers} kept. {more}. `nox -s cards` goes on."], console)


def write_day(moment: datetime) -> str:
    """Write the day of a moment, where the learner is."""
    return f"{moment.astimezone():%Y-%m-%d}"


def render_cover(
    questions: Mapping[str, str], cover: Mapping[str, Sequence[str]], console: Console
) -> None:
    """Write questions of interviews, each with the katas and cards that cover it."""
    for id, question in questions.items():
        print_hanging(Text("- "), question, console)
        found = ", ".join(cover[id]) or "nothing yet"
        print_hanging(Text("  "), f"({id}) {found}", console)
    count = len(questions)
    covered = sum(bool(cover[id]) for id in questions)
    total = f"{covered} of {count} questions have a kata or a card."
    if not questions:
        total = "No question fits. Run `nox -s list -- --questions` to see them all."
    render_sentences(["", total], console)
