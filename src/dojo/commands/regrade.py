"""Regrade: grade a cohort again, and say who changes and what explains it."""

import argparse
from pathlib import Path

from ..cohort.calls import Call, carry_out, write_command
from ..cohort.comparisons import compare_results, compare_runs
from ..cohort.records import Records
from ..renderers.cohort_changes import render_changes
from ..renderers.consoles import open_console


def execute(arguments: argparse.Namespace) -> int:
    """Grade again with the seed, roster and katas of the earlier run; exit codes as for grade."""
    old = Records(Path(arguments.run))
    earlier = old.read_run()
    new = Records(Path(arguments.out or f"{arguments.run.rstrip('/')}-again"))
    arguments.submissions = arguments.submissions or earlier.submissions
    arguments.seed = arguments.seed or earlier.seed
    arguments.kata = [kata.id for kata in earlier.katas]
    arguments.roster, arguments.name = earlier.roster, earlier.name
    console = open_console()
    command = write_command(arguments, "regrade", arguments.run, new.folder)
    return carry_out(
        Call(arguments, new, console, command),
        lambda: render_changes(
            compare_runs(earlier, new.read_run()),
            compare_results(old, new),
            console,
            full=arguments.diff,
        ),
    )
