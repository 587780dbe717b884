"""The command `interview`: questions and katas beside a clock, and a page that sums them up."""

import argparse
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from fsrs import Rating

from ..learning.cards import InterviewCard, list_standings, open_card_log, read_cards
from ..learning.exercises import Progress
from ..learning.interviews import (
    CardAnswer,
    Interview,
    InterviewFolder,
    KataCheck,
    KataWork,
    Wish,
    draw_interview,
    open_session,
    read_sessions,
    sum_up,
    tell_now,
)
from ..learning.reviews import ReviewAnswer, list_due, list_learnt
from ..model.catalogue import LEVELS, TRACKS, Catalogue, Kata, find_root
from ..model.errors import ExitCode, UsageError, explain
from ..model.files import copy
from ..model.reports import Outcome, Report, Status
from ..output import interview_pages as pages
from ..output.card_pages import render_answer
from ..output.terminal import open_console, render_sentences
from ..proof.cases import read_sentences
from .dialogue import Dialogue, Stopped
from .tutor_command import grade_folder

_MINUTES = 45
_SHORTEST, _LONGEST = 5, 240

GradeFolder = Callable[[Kata, Path], Report]
"""Grades the app in a folder; `UsageError` if it cannot be graded."""


@dataclass
class Sitting:
    """An interview under way: where it is kept, who is asked, and the clock since this start."""

    root: Path
    interview: Interview
    dialogue: Dialogue
    grade: GradeFolder
    tell_time: Callable[[], datetime] = tell_now
    _before: timedelta = field(init=False)
    _start: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._before, self._start = self.interview.used, self.tell_time()

    @property
    def folder(self) -> InterviewFolder:
        """Where interviews are kept."""
        return InterviewFolder(self.root)

    def keep(self) -> None:
        """Set the clock, and keep the interview as it is now."""
        self.interview.used = self._before + (self.tell_time() - self._start)
        self.folder.write(self.interview)

    def ask(self, prompt: str) -> str:
        """Ask, and answer `t` with the time; `Stopped` as a dialogue does."""
        while True:
            answer = self.dialogue.ask(prompt)
            self.keep()
            if answer.lower() != "t":
                return answer
            render_sentences([pages.tell_clock(self.interview)], self.dialogue.console)


def add_interview_options(parser: argparse.ArgumentParser) -> None:
    """Add what is asked for, and how to go on."""
    add = parser.add_argument
    add("--minutes", type=int, default=_MINUTES, metavar="N", help=f"how long ({_MINUTES})")
    add("--level", choices=LEVELS, help="how hard questions and katas are")
    add("--track", choices=TRACKS, metavar="TRACK", help=", ".join(TRACKS))
    add("--seed", metavar="SEED", help="draw by this text; without it, by chance")
    add("--session", metavar="NAME", help="ask what a session of `cards/sessions.toml` holds")
    add("--resume", action="store_true", help="go on with the interview that was stopped")


def run_interview(arguments: argparse.Namespace) -> int:
    """Hold an interview in the terminal, or with the lines of a pipe."""
    if not _SHORTEST <= arguments.minutes <= _LONGEST:
        raise UsageError(
            f"`--minutes {arguments.minutes}` does not fit. "
            f"Give a number from {_SHORTEST} to {_LONGEST}."
        )
    root = find_root(Path.cwd())
    interview = _resume(root) if arguments.resume else _begin(root, arguments)
    dialogue = Dialogue(sys.stdin, open_console())
    hold_interview(Sitting(root, interview, dialogue, grade_folder))
    return ExitCode.PASSED


def _resume(root: Path) -> Interview:
    interview = InterviewFolder(root).find_unfinished()
    if interview is None:
        raise UsageError("No interview was stopped. Run `nox -s interview` to begin one.")
    return interview


def _begin(root: Path, arguments: argparse.Namespace) -> Interview:
    now = tell_now()
    if arguments.session is not None:
        sessions = read_sessions(root)
        if arguments.session not in sessions:
            names = ", ".join(f"'{each}'" for each in sessions) or "none"
            raise UsageError(
                f"There is no session '{arguments.session}'. The sessions are: {names}."
            )
        return open_session(sessions[arguments.session], now)
    catalogue, progress = Catalogue(root), Progress(root)
    katas = [each for each in catalogue.katas if each.file.kind != "answers"]
    due = {kata.id for rule in list_due(list_learnt(catalogue), now) for kata in rule.katas}
    seed = arguments.seed or secrets.token_hex(3)
    return draw_interview(
        Wish(arguments.minutes, arguments.level, arguments.track, seed),
        katas,
        list_standings(root, read_cards(catalogue)),
        {kata.id: progress.read(kata.id) for kata in katas},
        frozenset(due),
        now,
    )


def hold_interview(sitting: Sitting) -> None:
    """Ask what is left of an interview, then sum it up; each step is kept at once."""
    interview, console = sitting.interview, sitting.dialogue.console
    is_new = not interview.answers and not interview.works
    (pages.render_start if is_new else pages.render_return)(interview, console)
    sitting.keep()
    catalogue = Catalogue(sitting.root)
    cards = read_cards(catalogue)
    by_id = {card.id: card for card in cards}
    try:
        for number, name in enumerate(interview.cards, 1):
            if number > len(interview.answers) and name in by_id:
                _ask_card(number, by_id[name], sitting)
        for name in interview.katas:
            _set_kata(catalogue.find(name), sitting)
    except Stopped:
        sitting.keep()
        render_sentences(["", "Stopped. `nox -s interview -- --resume` goes on here."], console)
        return
    interview.is_over = True
    sitting.keep()
    result = sum_up(interview, catalogue, cards)
    page = sitting.folder.find_page(interview)
    try:
        page.write_text(pages.write_page(result), "utf-8")
    except OSError as error:
        raise UsageError(f"The page cannot be written: {explain(error)}.") from None
    pages.render_result(result, Path(os.path.relpath(page)), console)


def _ask_card(number: int, card: InterviewCard, sitting: Sitting) -> None:
    interview, dialogue = sitting.interview, sitting.dialogue
    pages.render_question(number, card.question, interview, dialogue.console)
    said = sitting.ask("Answer aloud, or type a line. Enter shows an answer to compare:")
    render_answer(card, dialogue.console)
    rating = dialogue.rate()
    mark = CardAnswer(card=card.id, said=said, mark=rating.value, at=interview.used)
    interview.answers.append(mark)
    sitting.keep()
    answer = ReviewAnswer(at=sitting.tell_time(), form="interview", rating=Rating(rating))
    open_card_log(sitting.root).add(card.id, answer)


def _set_kata(kata: Kata, sitting: Sitting) -> None:
    """Let the learner work on a kata until it is solved or left."""
    interview, console = sitting.interview, sitting.dialogue.console
    work = next((each for each in interview.works if each.kata == kata.id), None)
    if work is not None and work.ended is not None:
        return
    folder = sitting.folder.find_work(interview, kata.id)
    if work is None:
        copy(kata.stub, folder)
        names = {
            name: text for name, text in read_sentences(kata).items() if name.startswith("test_")
        }
        work = KataWork(kata=kata.id, criteria=names, begun=interview.used)
        interview.works.append(work)
        sitting.keep()
    pages.render_kata(kata, Path(os.path.relpath(folder)), interview, console)
    while not work.is_solved:
        answer = sitting.ask("Enter checks it, `n` goes on without it:")
        if answer.lower() == "n":
            break
        _check(kata, work, folder, sitting)
    work.ended = interview.used
    sitting.keep()


def _check(kata: Kata, work: KataWork, folder: Path, sitting: Sitting) -> None:
    """Ask which criteria will fail, then check; keep both."""
    console, names = sitting.dialogue.console, list(work.criteria)
    pages.render_criteria(list(work.criteria.values()), console)
    foretold = _ask_foretold(names, sitting)
    try:
        report = sitting.grade(kata, folder)
    except UsageError as error:
        render_sentences([str(error)], console)
        return
    if report.status is Status.GRADER_FAULT:
        render_sentences(["The grader failed, not your work. Check again."], console)
        return
    failed = tuple(each.name for each in report.criteria if each.outcome is not Outcome.PASSED)
    check = KataCheck(at=sitting.interview.used, foretold=foretold, failed=failed)
    work.checks.append(check)
    sitting.keep()
    if report.status is Status.PASSED:
        Progress(sitting.root).record(report)
    pages.render_check(report, check, console)


def _ask_foretold(names: list[str], sitting: Sitting) -> tuple[str, ...]:
    """Ask for numbers of criteria until all of them are some."""
    while True:
        answer = sitting.ask("Which of them will fail? Numbers, or Enter for none:")
        words = answer.replace(",", " ").split()
        if all(word.isdecimal() and 1 <= int(word) <= len(names) for word in words):
            return tuple(dict.fromkeys(names[int(word) - 1] for word in words))
        advice = f"'{answer}' does not fit. Type numbers from 1 to {len(names)}, such as 1 3."
        render_sentences([advice], sitting.dialogue.console)
