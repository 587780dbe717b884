"""Reset: go back to the untouched stub, or to work that was saved before."""

import argparse

from ..commandline import ExitCode, UsageError
from ..practice.desks import Desk, find_desk
from ..renderers.consoles import open_console
from ..renderers.sentences import render_sentences


def execute(arguments: argparse.Namespace) -> int:
    """Reset, restore or list saves, and say where the learner's own work is."""
    if arguments.saves and arguments.restore is not None:
        raise UsageError("Give either `--saves` or `--restore N`, not both.")
    desk = find_desk(arguments.kata)
    if arguments.saves:
        sentences = _list_saves(desk)
    elif arguments.restore is not None:
        sentences = _restore(desk, arguments.restore)
    else:
        sentences = _reset(desk)
    render_sentences(sentences, open_console())
    return ExitCode.PASSED


def _reset(desk: Desk) -> list[str]:
    swapped = desk.workspace.swapped
    kept = desk.workspace.reset()
    own = swapped or kept
    return [
        f"'{desk.app}' holds the untouched stub now.",
        *([f"What it held before is {desk.describe_save(kept)}."] if kept else []),
        *([f"Your own files are {desk.describe_save(swapped)}."] if swapped else []),
        f"Next: {_command_restore(desk, str(own.number))} brings your own files back."
        if own
        else f"Next: {desk.write_command('check')} grades it.",
    ]


def _restore(desk: Desk, number: int) -> list[str]:
    known = {save.number for save in desk.workspace.saves()}
    restored = desk.workspace.restore(number)
    kept = [save for save in desk.workspace.saves() if save.number not in known]
    return [
        f"'{desk.app}' holds save {restored.number} now.",
        *(f"What it held before is {desk.describe_save(each)}." for each in kept),
        f"Next: {desk.write_command('check')} grades it.",
    ]


def _list_saves(desk: Desk) -> list[str]:
    saves = desk.workspace.saves()
    if not saves:
        return [f"Kata '{desk.kata.id}' holds no saved work yet: nothing was swapped or reset."]
    return [
        f"Saved work of '{desk.kata.id}', oldest first:",
        *(
            f"  {save.number}  {save.saved_at.astimezone():%Y-%m-%d %H:%M}  {save.reason}"
            for save in saves
        ),
        f"Next: {_command_restore(desk, str(saves[-1].number))} brings the newest back.",
    ]


def _command_restore(desk: Desk, number: str) -> str:
    return desk.write_command("reset", "--restore", number)
