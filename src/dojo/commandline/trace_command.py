"""The command `trace`: grade one criterion once more and draw what happened, moment by moment."""

import argparse

from ..harness.failures import GraderFault
from ..harness.temporary_folders import open_run_folder
from ..runner.sandbox import Mode, choose_own_mode, forget
from .check_command import start_launcher
from .learner_commands import add_kata_argument


def add_trace_options(parser: argparse.ArgumentParser) -> None:
    """Add the kata, what of it is drawn, and where to."""
    add = parser.add_argument
    add_kata_argument(parser)
    add("--criterion", metavar="NAME", help="draw this one, not the first that failed")
    add("--html", metavar="FILE", help="write a page for a browser, - for stdout")
    add("--all", action="store_true", help="show every moment in the terminal")
    add("--seed", metavar="SEED", help="draw a run with other inputs than the last check")
    add("--solution", action="store_true", help="draw the reference solution")
    add("--submission", metavar="PATH", help="draw a folder, zip or tar")
    add("--case", metavar="NAME", help="draw a submission with a known verdict")
    add("--isolation", choices=("auto", "basic"), default="auto", help="as of `check`")


def run_trace(arguments: argparse.Namespace) -> int:
    """Start a process that loads FastAPI while this one loads the grader; then draw."""
    mode = Mode.BASIC if arguments.isolation == "basic" else choose_own_mode()
    with open_run_folder() as own, open_run_folder() as folder:
        launcher = start_launcher(own, folder, mode)
        try:
            from .drawing import TraceCall, draw

            call = TraceCall(
                kata=arguments.kata,
                criterion=arguments.criterion,
                html=arguments.html,
                everything=arguments.all,
                seed=arguments.seed,
                solution=arguments.solution,
                submission=arguments.submission,
                case=arguments.case,
                mode=mode,
            )
            return draw(call, launcher, folder)
        except GraderFault:  # nothing was begun: perhaps the isolation holds no more
            forget()
            raise
        finally:
            launcher.close()
