"""Swap: put the solution in the place of the learner's files, and these back in its place."""

import argparse

from ..commandline import ExitCode
from ..practice.desks import Desk, find_desk
from ..renderers.consoles import open_console
from ..renderers.sentences import render_sentences
from ..workspace import Save


def execute(arguments: argparse.Namespace) -> int:
    """Swap in or back, and say where the learner's own work is."""
    desk = find_desk(arguments.kata)
    sentences = _swap_back(desk) if arguments.back else _swap_in(desk)
    render_sentences(sentences, open_console())
    return ExitCode.PASSED


def _swap_in(desk: Desk) -> list[str]:
    before = desk.workspace.saves()
    own = desk.workspace.swap_in(desk.kata.solution)
    return [
        f"'{desk.app}' holds the solution now.",
        f"Your own files are {desk.describe_save(own)}.",
        *_describe_edits(desk, [*before, own]),
        f"Next: {desk.write_command('swap', '--back')} returns them.",
    ]


def _swap_back(desk: Desk) -> list[str]:
    before = desk.workspace.saves()
    own = desk.workspace.swap_back()
    return [
        f"'{desk.app}' holds your own files again, from save {own.number}.",
        *_describe_edits(desk, before),
        f"Next: {desk.write_command('check')} grades them.",
    ]


def _describe_edits(desk: Desk, known: list[Save]) -> list[str]:
    numbers = {save.number for save in known}
    edits = [save for save in desk.workspace.saves() if save.number not in numbers]
    return [f"What you changed in the solution is {desk.describe_save(each)}." for each in edits]
