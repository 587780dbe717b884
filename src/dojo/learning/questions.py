"""Questions of a review: the forms in which a rule can be asked for, and which has its turn.

A form takes what is there already: cards and programs of the list of rules, and known wrong answers
of the katas. A further form is one more function in `FORMS`.
"""

import difflib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..model.catalogue import Kata
from ..model.edits import Misfit, apply_edits
from ..model.files import delete
from ..model.rules import Prediction, RuleCard
from ..proof.cases import WrongEntry, read_reference, read_wrong_file
from .reviews import LearntRule


@dataclass(frozen=True)
class CardQuestion:
    """A question that one answers aloud, and rates oneself."""

    card: RuleCard


@dataclass(frozen=True)
class PredictionQuestion:
    """A program whose output is to be foretold."""

    prediction: Prediction

    def is_right(self, answer: str) -> bool:
        """Tell whether this is the output; spaces between words count as one."""
        return answer.split() == self.prediction.output.split()


@dataclass(frozen=True)
class FaultQuestion:
    """A wrong answer to a kata: the reason is to be chosen, then the files are to be mended.

    `files` are those that differ from the solution, path to text; `excerpt` shows them where they
    do, without saying what is wrong. `right` is the number of the right reason, from 1.
    """

    kata: Kata
    entry: WrongEntry
    files: dict[str, str]
    excerpt: str
    reasons: tuple[str, ...]
    right: int

    def write_files(self, folder: Path) -> list[Path]:
        """Write the whole wrong answer into a folder, which is emptied first; give what to mend."""
        delete(folder)
        for name, text in (read_reference(self.kata) | self.files).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", "surrogateescape")
        return [folder / name for name in self.files]


Question = CardQuestion | PredictionQuestion | FaultQuestion


def ask_card(learnt: LearntRule, number: int) -> CardQuestion:
    """Take card `number` of the rule, beginning again after the last."""
    cards = learnt.rule.cards
    return CardQuestion(cards[number % len(cards)])


def ask_prediction(learnt: LearntRule, number: int) -> PredictionQuestion | None:
    """Take program `number` of the rule, if it has any."""
    predictions = learnt.rule.predictions
    return PredictionQuestion(predictions[number % len(predictions)]) if predictions else None


def ask_fault(learnt: LearntRule, number: int) -> FaultQuestion | None:
    """Take known wrong answer `number` that breaks the rule, of the katas that are passed."""
    found = [
        (kata, entry)
        for kata in learnt.katas
        for entry in read_wrong_file(kata)
        if f"{kata.id}/{entry.name}" in learnt.rule.wrong
    ]
    return _make_fault(*found[number % len(found)]) if found else None


FORMS: dict[str, Callable[[LearntRule, int], Question | None]] = {
    "card": ask_card,
    "prediction": ask_prediction,
    "fault": ask_fault,
}
"""The forms by name: each makes question `number` (from 0) of a rule, or none."""


def choose_question(learnt: LearntRule, today: Sequence[str] = ()) -> tuple[str, Question]:
    """Choose the form in which the rule was asked for longest ago; give it and its next question.

    Of those that were never used for it, the form comes first that is rare in this review, `today`.
    """
    asked = [answer.form for answer in learnt.answers]
    for form in sorted(FORMS, key=lambda name: (_find_last(asked, name), today.count(name))):
        question = FORMS[form](learnt, asked.count(form))
        if question is not None:
            return form, question
    raise AssertionError(f"rule '{learnt.id}' has no card")


def _find_last(asked: Sequence[str], form: str) -> int:
    return max((place for place, name in enumerate(asked) if name == form), default=-1)


_CHOICES = 4


def _make_fault(kata: Kata, entry: WrongEntry) -> FaultQuestion | None:
    reference = read_reference(kata)
    try:
        files = apply_edits(reference, entry.edits)
    except Misfit:
        return None
    excerpt = "\n".join(
        line
        for name, text in files.items()
        for line in _excerpt(name, reference.get(name, ""), text)
    )
    reasons = _draw_reasons(kata, entry)
    return FaultQuestion(kata, entry, dict(files), excerpt, reasons, reasons.index(entry.why) + 1)


def _draw_reasons(kata: Kata, entry: WrongEntry) -> tuple[str, ...]:
    """Draw reasons of other wrong answers, which fail something else, and mix the right one in."""
    draw = random.Random(entry.name)
    others = [
        each.why
        for each in read_wrong_file(kata)
        if set(each.fails).isdisjoint(entry.fails) and each.why != entry.why
    ]
    reasons = [entry.why, *draw.sample(others, min(_CHOICES - 1, len(others)))]
    draw.shuffle(reasons)
    return tuple(reasons)


_AROUND = 8


def _excerpt(name: str, right: str, wrong: str) -> Iterator[str]:
    """Give the lines of a wrong file around its changes, with their numbers."""
    lines = wrong.splitlines()
    matcher = difflib.SequenceMatcher(None, right.splitlines(), lines, autojunk=False)
    for group in matcher.get_grouped_opcodes(_AROUND):
        first, last = group[0][3], group[-1][4]
        yield f"{name}, lines {first + 1} to {last}:"
        for number, line in enumerate(lines[first:last], first + 1):
            yield f"{number:>4}  {line}".rstrip()
        yield ""
