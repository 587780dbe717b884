"""List: show the katas by track, how far the learner is, and which one to try next."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..catalogue import Catalogue, find_root
from ..commandline import ExitCode
from ..practice.desks import Desk
from ..renderers.consoles import open_console
from ..renderers.overview import Standing, render_overview


def execute(arguments: argparse.Namespace) -> int:
    """Show all katas."""
    del arguments
    katas = Catalogue(find_root(Path.cwd())).katas
    standings = [_stand(Desk(kata)) for kata in katas]
    render_overview(standings, suggest(standings), open_console())
    return ExitCode.PASSED


def _stand(desk: Desk) -> Standing:
    state = desk.progress.read(desk.kata.id)
    return Standing(desk, state, swapped=desk.workspace.swapped is not None)


def suggest(standings: Sequence[Standing]) -> Desk | None:
    """Suggest the first kata that was begun and is not done, else the first not tried."""
    pending = [each for each in standings if not each.state.is_done]
    pending.sort(key=lambda each: each.state.criteria == 0)
    return pending[0].desk if pending else None
