"""The commands `list` and `next`: which katas there are, how far one is, what to do now."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ..learning.cards import CardHead, find_cover, read_cards, read_questions
from ..learning.exercises import Exercise
from ..learning.recommendations import is_begun, recommend
from ..learning.reviews import LearntRule, list_due, list_learnt
from ..model.catalogue import LEVELS, TRACKS, Catalogue, Kata, KataFile, find_root
from ..model.curriculum import order
from ..model.errors import ExitCode
from ..model.rules import read_rules
from ..output.card_pages import render_cover
from ..output.overview import (
    Standing,
    describe_due,
    render_next,
    render_overview,
)
from ..output.terminal import open_console, render_sentences

STATES = ("new", "begun", "passed", "due")


def add_list_options(parser: argparse.ArgumentParser) -> None:
    """Add the filters; without any, all katas are listed."""
    parser.add_argument("words", nargs="*", metavar="TEXT", help="words of the title or the rules")
    parser.add_argument("--track", choices=TRACKS, metavar="TRACK", help=", ".join(TRACKS))
    parser.add_argument("--level", choices=LEVELS, help="how hard they are")
    parser.add_argument("--state", choices=STATES, help="due: it teaches a rule to review now")
    parser.add_argument(
        "--questions", action="store_true", help="show which kata or card answers what is asked"
    )


def run_list(arguments: argparse.Namespace) -> int:
    """Show the katas that fit, what is due again, and which kata to do now."""
    catalogue = Catalogue(find_root(Path.cwd()))
    if arguments.questions:
        return _list_questions(catalogue, arguments)
    due = list_due(list_learnt(catalogue), datetime.now(UTC))
    standings = [_stand(Exercise(kata), due) for kata in order(catalogue.katas)]
    shown = [each for each in standings if _fits(each, arguments)]
    console = open_console()
    render_overview(standings, shown, console)
    sentences = [*describe_due(due), *_name_next(catalogue.katas)]
    if any(each.due for each in shown):
        sentences.insert(0, "* teaches a rule that is due again.")
    render_sentences(sentences, console)
    return ExitCode.PASSED


def _list_questions(catalogue: Catalogue, arguments: argparse.Namespace) -> int:
    """Show questions of interviews that fit, and what covers each of them."""

    def fits(file: KataFile | CardHead) -> bool:
        return arguments.track in (None, file.track) and arguments.level in (None, file.level)

    questions = {
        id: text
        for id, text in read_questions(catalogue.root).items()
        if all(word.casefold() in text.casefold() for word in arguments.words)
    }
    cards = [card for card in read_cards(catalogue) if fits(card.head)]
    cover = find_cover(questions, cards, [each for each in catalogue.katas if fits(each.file)])
    if arguments.track or arguments.level:
        questions = {id: text for id, text in questions.items() if cover[id]}
    render_cover(questions, cover, open_console())
    return ExitCode.PASSED


def _stand(exercise: Exercise, due: Sequence[LearntRule]) -> Standing:
    state = exercise.progress.read(exercise.kata.id)
    return Standing(
        exercise,
        state,
        swapped=exercise.workspace.swapped is not None,
        begun=is_begun(exercise, state),
        due=any(exercise.kata in each.katas for each in due),
    )


def _fits(standing: Standing, wanted: argparse.Namespace) -> bool:
    file = standing.kata.file
    states = {
        None: True,
        "new": not (standing.begun or standing.state.is_done),
        "begun": standing.begun,
        "passed": standing.state.is_done,
        "due": standing.due,
    }
    return (
        wanted.track in (None, file.track)
        and wanted.level in (None, file.level)
        and states[wanted.state]
        and _mentions(standing.kata, wanted.words)
    )


def _mentions(kata: Kata, words: Sequence[str]) -> bool:
    """Tell whether all words are said by what a kata is called and what it teaches."""
    if not words:
        return True
    rules = read_rules(kata.root)
    sentences = [rules[name].sentence for name in kata.file.rules if name in rules]
    text = " ".join([kata.id, kata.file.title, kata.file.track, *kata.file.rules, *sentences])
    return all(word.casefold() in text.casefold() for word in words)


def _name_next(katas: Sequence[Kata]) -> list[str]:
    following = recommend(katas)
    if following is None:
        return []
    return [f"Next: {following.exercise.describe()}.", "`nox -s next` says why, and how to begin."]


def add_next_options(parser: argparse.ArgumentParser) -> None:
    """Add nothing: what comes next follows from the learner's progress."""
    del parser


def run_next(arguments: argparse.Namespace) -> int:
    """Say which kata to do now and why, and what is due for review."""
    del arguments
    catalogue = Catalogue(find_root(Path.cwd()))
    console = open_console()
    render_next(recommend(catalogue.katas), console)
    due = list(describe_due(list_due(list_learnt(catalogue), datetime.now(UTC))))
    render_sentences(["", *due] if due else [], console)
    return ExitCode.PASSED
