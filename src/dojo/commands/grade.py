"""Grade: grade the submissions of a cohort and write what is handed back."""

import argparse
from pathlib import Path

from ..cohort.calls import Call, carry_out, write_command
from ..cohort.records import Records
from ..renderers.consoles import open_console


def execute(arguments: argparse.Namespace) -> int:
    """Grade; exit code 0 when complete, 1 when stopped, 3 when the grader failed on somebody."""
    name = Path(arguments.submissions).absolute().stem
    out = Path(arguments.out or f"{name}-results")
    command = write_command(arguments, "grade", arguments.submissions, out)
    return carry_out(Call(arguments, Records(out), open_console(), command))
