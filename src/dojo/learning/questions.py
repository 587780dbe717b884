"""Questions of a review: the forms in which a rule can be asked for, and which has its turn.

A form takes what is there already: cards and programs of the list of rules, known wrong answers and
lines of the solutions. A further form is one more function in `FORMS`.
"""

import difflib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..model.catalogue import Kata
from ..model.edits import Edit, Misfit, apply_edits
from ..model.files import delete
from ..model.rules import Prediction, RuleCard
from ..proof.cases import WrongEntry, read_reference, read_wrong_file
from .arrangements import Arrangement, NoArrangement, make_arrangement
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

    @property
    def criteria(self) -> tuple[str, ...]:
        """The criteria that decide whether it is mended."""
        return (*self.entry.fails, *self.entry.errors)

    def write_files(self, folder: Path) -> list[Path]:
        """Write the whole wrong answer into a folder, which is emptied first; give what to mend."""
        _write_app(self.kata, self.files, folder)
        return [folder / name for name in self.files]


@dataclass(frozen=True)
class ArrangementQuestion:
    """Lines of a solution, and of wrong answers, of which the right ones are put in order."""

    arrangement: Arrangement
    lines: tuple[str, ...]

    @property
    def kata(self) -> Kata:
        """The kata whose lines these are."""
        return self.arrangement.kata

    @property
    def criteria(self) -> tuple[str, ...]:
        """The criteria that decide whether an order is right: empty, for all of them."""
        return ()

    def choose_lines(self, answer: str) -> list[str] | None:
        """Read the numbers of lines, from 1, as lines; none if that is not what the answer is."""
        words = answer.replace(",", " ").split()
        numbers = [int(word) for word in words if word.isdecimal()]
        fits = all(1 <= number <= len(self.lines) for number in numbers)
        if not words or len(set(numbers)) < len(words) or not fits:
            return None
        return [self.lines[number - 1] for number in numbers]

    def write_files(self, folder: Path, lines: Sequence[str]) -> None:
        """Write the solution with lines in this order into a folder, which is emptied first."""
        module = {self.arrangement.module: self.arrangement.assemble(lines)}
        _write_app(self.kata, module, folder)


def _write_app(kata: Kata, changed: Mapping[str, str], folder: Path) -> None:
    delete(folder)
    for name, text in (read_reference(kata) | dict(changed)).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", "surrogateescape")


Question = CardQuestion | PredictionQuestion | FaultQuestion | ArrangementQuestion


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


def ask_arrangement(learnt: LearntRule, number: int) -> ArrangementQuestion | None:
    """Take lines in which the rule can be broken, of the katas that are passed."""
    found = [each for kata in learnt.katas if (each := _arrange(kata, learnt.rule.wrong))]
    if not found:
        return None
    chosen = found[number % len(found)]
    return ArrangementQuestion(chosen, tuple(chosen.shuffle()))


def _arrange(kata: Kata, wrong: Sequence[str]) -> Arrangement | None:
    """Arrange a kata, if one of these wrong answers changes nothing but lines to be arranged."""
    try:
        arrangement = make_arrangement(kata)
    except NoArrangement:
        return None
    text = "\n".join(arrangement.lines)
    entries = [each for each in read_wrong_file(kata) if f"{kata.id}/{each.name}" in wrong]
    is_fit = any(all(_read_start(edit) in text for edit in each.edits) for each in entries)
    return arrangement if is_fit else None


def _read_start(edit: Edit) -> str:
    return edit.old.strip().partition("\n")[0]


FORMS: dict[str, Callable[[LearntRule, int], Question | None]] = {
    "card": ask_card,
    "prediction": ask_prediction,
    "fault": ask_fault,
    "arrangement": ask_arrangement,
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
