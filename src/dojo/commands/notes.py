"""Notes: show the notes of a solution to those who have passed, or who ask to be told."""

import argparse

from ..commandline import ExitCode, UsageError
from ..practice.desks import Desk, find_desk
from ..renderers.consoles import open_console
from ..renderers.notes import render_notes
from ..renderers.sentences import render_sentences


def execute(arguments: argparse.Namespace) -> int:
    """Show the notes, or say how to get them."""
    desk = find_desk(arguments.kata)
    console = open_console()
    if not arguments.spoil and desk.progress.read(desk.kata.id).passed_at is None:
        render_sentences([_refuse(desk)], console)
        return ExitCode.NOT_PASSED
    path = desk.kata.solution / "NOTES.md"
    if not path.is_file():
        raise UsageError(
            f"Kata '{desk.kata.id}' has no notes: '{desk.locate(path)}' is missing. "
            f"Run {desk.write_command('hint')} for a hint."
        )
    render_notes(desk, path, console)
    return ExitCode.PASSED


def _refuse(desk: Desk) -> str:
    check, spoil = desk.write_command("check"), desk.write_command("notes", "--spoil")
    return (
        f"The notes of '{desk.kata.id}' give the solution away: "
        f"pass {check} first, or run {spoil} to read them now."
    )
