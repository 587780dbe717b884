"""Doctor: try what a hostile submission can do here, in each mode of isolation."""

import argparse

from ..commandline import ExitCode
from ..renderers.consoles import open_console
from ..renderers.examinations import render_choice, render_examination
from ..sandbox import Mode, choose_mode
from ..sandbox.advice import advise
from ..sandbox.trust import examine


def execute(arguments: argparse.Namespace) -> int:
    """Examine all modes; without one that is for strangers the exit code is 1."""
    del arguments
    console = open_console()
    for mode in Mode:
        examination = examine(mode)
        render_examination(examination, advise(examination), console)
    best = choose_mode()
    render_choice(best, console)
    return ExitCode.PASSED if best.is_for_strangers else ExitCode.NOT_PASSED
