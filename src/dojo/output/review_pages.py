"""The pages of a review: questions, what was right, when a rule is asked for again."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ..learning.questions import (
    ArrangementQuestion,
    CardQuestion,
    FaultQuestion,
    PredictionQuestion,
    Question,
)
from ..learning.reviews import LearntRule
from ..model.reports import CriterionResult
from .terminal import list_parts, print_hanging, render_sentences

_TITLES = {
    CardQuestion: "answer aloud",
    PredictionQuestion: "predict the output",
    FaultQuestion: "find the fault, then fix it",
    ArrangementQuestion: "put the lines in order",
}


def render_nothing_learnt(console: Console) -> None:
    """Say that there is nothing to ask for yet."""
    render_sentences(
        [
            "There is nothing to review yet. Each kata that you pass adds its rules.",
            "`nox -s next` says which kata to do now.",
        ],
        console,
    )


def render_nothing_due(first: LearntRule, console: Console) -> None:
    """Say when the next rule is due; `first` is the one that is due first."""
    render_sentences(
        [f'Nothing is due now. The next rule, "{first.name}", is due on {_write_day(first.due)}.'],
        console,
    )


def render_start(due: int, asked: int, console: Console) -> None:
    """Say how many questions there are, and how to stop."""
    rules = "1 rule is" if due == 1 else f"{due} rules are"
    part = "" if due == asked else f" This review asks for {asked} of them."
    render_sentences(
        [f"{rules} due.{part} Each answer is kept at once.", "`q` and Enter stop the review."],
        console,
    )


def render_question(number: int, asked: int, question: Question, console: Console) -> None:
    """Write one question."""
    console.print()
    console.print(Text(f"{number} of {asked}: {_TITLES[type(question)]}", style="bold"))
    console.print()
    if isinstance(question, CardQuestion):
        render_sentences([question.card.question], console)
    elif isinstance(question, PredictionQuestion):
        _render_code(question.prediction.code, console)
    elif isinstance(question, FaultQuestion):
        _render_fault(question, console)
    else:
        _render_lines(question, console)


def _render_code(code: str, console: Console) -> None:
    for line in code.splitlines():
        console.print(f"    {line}".rstrip(), soft_wrap=True)
    console.print()


def _render_fault(question: FaultQuestion, console: Console) -> None:
    kata = question.kata
    render_sentences([f"A wrong answer to {kata.id}, {kata.file.title}:"], console)
    console.print()
    _render_code(question.excerpt.rstrip(), console)
    for number, reason in enumerate(question.reasons, 1):
        print_hanging(Text(f"  {number}. "), reason, console)


def _render_lines(question: ArrangementQuestion, console: Console) -> None:
    kata, module = question.kata, question.arrangement.module
    sentences = [
        f"Lines of '{module}' in the solution of {kata.id}, {kata.file.title}.",
        "Some lines belong to wrong answers. All else of the app is there already.",
    ]
    render_sentences(sentences, console)
    console.print()
    for number, line in enumerate(question.lines, 1):
        console.print(f"{number:>4}  {line}", soft_wrap=True)
    console.print()


def render_misfit(answer: str, count: int, console: Console) -> None:
    """Say that an answer is no order of lines."""
    example = f"Type numbers from 1 to {count}, each once at most, such as 3 1 2."
    render_sentences([f"'{answer}' does not fit. {example}"], console)


def render_misplaced_line(number: int, line: str, reason: str, console: Console) -> None:
    """Say at which line of an order Python stops."""
    text = f"Python stops at line {number} of your order, '{line.strip()}': {reason}."
    render_sentences([text], console)


def render_order(question: ArrangementQuestion, console: Console) -> None:
    """Write the lines in the order of the solution."""
    render_sentences(["An order that passes:"], console)
    _render_code("\n".join(question.arrangement.lines), console)


def render_card_answer(question: CardQuestion, console: Console) -> None:
    """Write what one could have said."""
    render_sentences([" ".join(question.card.answer.split())], console)


def render_verdict(right: bool, answer: str, console: Console) -> None:
    """Say whether an answer was right, and if not, what is right."""
    render_sentences(["Right." if right else f"Not right. The right answer: {answer}"], console)


def render_mending(files: Sequence[Path], root: Path, console: Console) -> None:
    """Say which files to change."""
    names = " and ".join(f"'{path.relative_to(root).as_posix()}'" for path in files)
    render_sentences([f"Now fix it: change {names} and save."], console)


def render_mended(criterion: CriterionResult | None, console: Console) -> None:
    """Say that the files are right now, or what the first criterion that is not passed says."""
    if criterion is None:
        render_sentences(["Right: the criteria pass."], console)
        return
    print_hanging(Text("Not right yet: "), criterion.sentence, console)
    for label, text in list_parts(criterion.finding) if criterion.finding else ():
        print_hanging(Text(f"  {label:<10}"), text, console)


def render_rule(learnt: LearntRule, console: Console) -> None:
    """Write the rule that a question was about, and when it is due again."""
    print_hanging(Text("The rule: ", style="bold"), learnt.rule.sentence, console)
    taught = ", ".join(kata.id for kata in learnt.katas)
    render_sentences([f"It is due again on {_write_day(learnt.due)}. Kata: {taught}."], console)


def render_end(answered: int, due: int, first: LearntRule, console: Console) -> None:
    """Say what was done and what is left."""
    console.print()
    answers = {0: "No answer is", 1: "1 answer is"}.get(answered, f"{answered} answers are")
    left = (
        f"{due} more {'rule is' if due == 1 else 'rules are'} due: `nox -s review` goes on."
        if due
        else f"Nothing more is due. The next rule is due on {_write_day(first.due)}."
    )
    render_sentences([f"{answers} kept. {left}"], console)


def _write_day(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d}"
