"""The overview: all katas by track, how far the learner is, which one to try next."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from ..catalogue import TRACKS
from ..practice.desks import Desk
from ..practice.progress import KataProgress


@dataclass(frozen=True)
class Standing:
    """One kata and how far the learner is with it; `swapped` while `app/` holds the solution."""

    desk: Desk
    state: KataProgress
    swapped: bool


def render_overview(
    standings: Sequence[Standing], following: Desk | None, console: Console
) -> None:
    """Write the katas and, last, how many are passed and which follows."""
    width = max((len(each.desk.kata.file.title) for each in standings), default=0)
    for track in TRACKS:
        members = [each for each in standings if each.desk.kata.file.track == track]
        if members:
            console.print(Text(track, style="bold"))
            for each in members:
                _render_standing(each, width, console)
            console.print()
    console.print(_count_done(standings))
    if following is not None:
        console.print(f"Try next: {following.kata.number} {following.kata.file.title}.")
        console.print(f"Read '{following.locate(following.kata.exercise)}/README.md' first.")


def _count_done(standings: Sequence[Standing]) -> str:
    done = f"{sum(each.state.is_done for each in standings)} of {len(standings)} katas passed"
    if any(each.desk.kata.file.hidden is not None for each in standings):
        return f"{done} their public criteria."
    return f"{done}."


def _render_standing(standing: Standing, width: int, console: Console) -> None:
    kata = standing.desk.kata
    columns = (
        kata.number,
        f"{kata.file.title:<{width}}",
        f"{kata.file.level:<6}",
        f"{kata.file.minutes} minutes",
        standing.state.describe(),
    )
    console.print("  ".join(["", *columns]), soft_wrap=True)
    if standing.swapped:
        back = standing.desk.write_command("swap", "--back")
        console.print(f"      solution swapped in; {back} returns your files", soft_wrap=True)
