"""Check: grade the learner's work, a submission or the solution, and report it."""

import argparse

from ..wall.folders import open_run_folder
from ..wall.launches import ExecLauncher


def execute(arguments: argparse.Namespace) -> int:
    """Start the first host, which loads FastAPI while this process loads the grader; then check."""
    launcher = ExecLauncher()
    with open_run_folder() as folder:
        launcher.prepare(folder)
        try:
            from ..checking import check

            return check(arguments, launcher, folder)
        finally:
            launcher.end_all()
