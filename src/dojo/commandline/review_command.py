"""The command `review`: ask again for the rules that are due, and keep each answer at once."""

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fsrs import Rating

from ..learning.questions import (
    ArrangementQuestion,
    CardQuestion,
    FaultQuestion,
    PredictionQuestion,
    Question,
    choose_question,
)
from ..learning.reviews import ReviewAnswer, ReviewLog, list_due, list_learnt
from ..model.catalogue import Catalogue, Kata, find_root
from ..model.errors import ExitCode, UsageError
from ..model.reports import CriterionResult, ReportList
from ..output import review_pages as pages
from ..output.terminal import open_console
from .dialogue import Dialogue, Stopped

LONGEST = timedelta(minutes=15)
"""After this time no further question is asked."""

_CARDS = 10


Grade = Callable[[FaultQuestion | ArrangementQuestion, Path], CriterionResult | None]
"""Grades a folder by the criteria of a question; gives the first that is not passed, if any."""


@dataclass(frozen=True)
class ReviewSession:
    """What a review works with: where, how many questions, whose answers, and the time."""

    root: Path
    dialogue: Dialogue
    grade: Grade
    cards: int = _CARDS
    tell_time: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def find_folder(self, kata: Kata) -> Path:
        """Give the folder for an answer to a kata that is graded in a review."""
        return self.root / ".dojo" / "review" / kata.id


def add_review_options(parser: argparse.ArgumentParser) -> None:
    """Add the number of questions."""
    parser.add_argument(
        "--cards", type=int, default=_CARDS, metavar="N", help=f"ask at most N ({_CARDS})"
    )


def run_review(arguments: argparse.Namespace) -> int:
    """Ask in the terminal, or for the lines of a pipe."""
    if arguments.cards < 1:
        raise UsageError(f"`--cards {arguments.cards}` asks nothing. Give a number of at least 1.")
    root = find_root(Path.cwd())
    dialogue = Dialogue(sys.stdin, open_console())
    review(ReviewSession(root, dialogue, grade_answer, arguments.cards))
    return ExitCode.PASSED


def review(session: ReviewSession) -> None:
    """Ask for the rules that are due, those first that are due longest."""
    console = session.dialogue.console
    catalogue = Catalogue(session.root)
    learnt, start = list_learnt(catalogue), session.tell_time()
    due = list_due(learnt, start)
    if not learnt:
        pages.render_nothing_learnt(console)
    elif not due:
        pages.render_nothing_due(learnt[0], console)
    else:
        asked = due[: session.cards]
        pages.render_start(len(due), len(asked), console)
        forms: list[str] = []
        for number, rule in enumerate(asked, 1):
            if session.dialogue.is_over or session.tell_time() - start >= LONGEST:
                break
            form, question = choose_question(rule, forms)
            pages.render_question(number, len(asked), question, console)
            try:
                rating = _ask(question, session)
            except Stopped:
                break
            answer = ReviewAnswer(at=session.tell_time(), form=form, rating=rating)
            ReviewLog(session.root).add(rule.id, answer)
            forms.append(form)
            again = next(each for each in list_learnt(catalogue) if each.id == rule.id)
            pages.render_rule(again, console)
        learnt = list_learnt(catalogue)
        pages.render_end(len(forms), len(list_due(learnt, session.tell_time())), learnt[0], console)


def _ask(question: Question, session: ReviewSession) -> Rating:
    """Ask one question; give how well it was known. `Stopped` where it has no answer."""
    if isinstance(question, CardQuestion):
        return _ask_card(question, session.dialogue)
    if isinstance(question, PredictionQuestion):
        return _ask_prediction(question, session.dialogue)
    if isinstance(question, FaultQuestion):
        return _ask_fault(question, session)
    return _ask_arrangement(question, session)


def _ask_card(question: CardQuestion, dialogue: Dialogue) -> Rating:
    dialogue.ask("Say your answer, then press Enter to compare.")
    pages.render_card_answer(question, dialogue.console)
    return dialogue.rate()


def _ask_prediction(question: PredictionQuestion, dialogue: Dialogue) -> Rating:
    right = question.is_right(dialogue.ask("What does it print?"))
    pages.render_verdict(right, question.prediction.output, dialogue.console)
    return Rating.Good if right else Rating.Again


def _ask_fault(question: FaultQuestion, session: ReviewSession) -> Rating:
    dialogue = session.dialogue
    count = len(question.reasons)
    chosen = dialogue.choose(f"Which one says what is wrong here? 1 to {count}:", count)
    is_named = chosen == question.right
    pages.render_verdict(is_named, question.reasons[question.right - 1], dialogue.console)
    is_mended = _mend(question, session)
    if not is_named:
        return Rating.Again
    return Rating.Good if is_mended else Rating.Hard


def _mend(question: FaultQuestion, session: ReviewSession) -> bool:
    """Let the learner mend the files; tell whether they did."""
    dialogue = session.dialogue
    folder = session.find_folder(question.kata)
    pages.render_mending(question.write_files(folder), session.root, dialogue.console)
    try:
        while dialogue.ask("Enter checks it, s skips this:").lower() != "s":
            criterion = session.grade(question, folder)
            pages.render_mended(criterion, dialogue.console)
            if criterion is None:
                return True
    except Stopped:
        return False  # the fault was named: that answer is kept
    return False


def _ask_arrangement(question: ArrangementQuestion, session: ReviewSession) -> Rating:
    """Ask for the order until it passes; give up for `s`, and where the input ends after a try."""
    dialogue, tries = session.dialogue, 0
    prompt = "Type the numbers of the right lines in their order, s skips this:"
    try:
        while (answer := dialogue.ask(prompt)).lower() != "s":
            lines = question.choose_lines(answer)
            if lines is None:
                pages.render_misfit(answer, len(question.lines), dialogue.console)
                continue
            if _passes(question, lines, session):
                return Rating.Hard if tries else Rating.Good
            tries += 1
    except Stopped:
        if not tries:
            raise
    pages.render_order(question, dialogue.console)
    return Rating.Again


def _passes(question: ArrangementQuestion, lines: Sequence[str], session: ReviewSession) -> bool:
    console = session.dialogue.console
    if error := question.arrangement.find_error(lines):
        index, reason = error
        pages.render_misplaced_line(index + 1, lines[index], reason, console)
        return False
    folder = session.find_folder(question.kata)
    question.write_files(folder, lines)
    criterion = session.grade(question, folder)
    pages.render_mended(criterion, console)
    return criterion is None


def grade_answer(
    question: FaultQuestion | ArrangementQuestion, folder: Path
) -> CriterionResult | None:
    """Grade the answer in a folder by the criteria of a question, in a check of its own."""
    kata = question.kata
    criteria = [word for name in question.criteria for word in ("--criterion", name)]
    command = [sys.executable, "-m", "dojo", "check", kata.id, "--submission", str(folder)]
    ended = subprocess.run(
        [*command, "--json", "-", *criteria],
        cwd=kata.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode not in (ExitCode.PASSED, ExitCode.NOT_PASSED):
        raise UsageError(ended.stderr.strip() or "The grader has a fault. Run the review again.")
    (report,) = ReportList.model_validate_json(ended.stdout).reports
    return next(iter(report.list_open()), None)
