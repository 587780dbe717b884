"""The overview: the katas by track, how far the learner is, what comes next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rich.console import Console
from rich.text import Text

from ..learning.exercises import Exercise, KataProgress
from ..learning.recommendations import Recommendation
from ..learning.reviews import LearntRule
from ..model.catalogue import TRACKS, Kata
from .terminal import print_hanging, render_sentences


@dataclass(frozen=True)
class Standing:
    """One kata and how far the learner is with it; `swapped` while `app/` holds the solution."""

    exercise: Exercise
    state: KataProgress
    swapped: bool
    begun: bool
    due: bool

    @property
    def kata(self) -> Kata:
        """The kata."""
        return self.exercise.kata


def render_overview(
    standings: Sequence[Standing], shown: Sequence[Standing], console: Console
) -> None:
    """Write the katas to be shown by track, with the progress of each track, and the total."""
    width = max((len(each.kata.file.title) for each in shown), default=0)
    for track in TRACKS:
        members = [each for each in shown if each.kata.file.track == track]
        if members:
            everything = [each for each in standings if each.kata.file.track == track]
            console.print(Text(f"{track:<14}{draw_progress(everything)}", style="bold"))
            for each in members:
                _render_standing(each, width, console)
            console.print()
    if not shown:
        render_sentences(["No kata fits. Run `nox -s list` to see them all."], console)
    console.print(_count_done(standings))


_BAR_WIDTH = 20


def draw_progress(standings: Sequence[Standing]) -> str:
    """Draw how many katas are passed, as a bar and in figures."""
    done, count = sum(each.state.is_done for each in standings), len(standings)
    filled = "#" * (_BAR_WIDTH * done // count)
    return f"[{filled:-<{_BAR_WIDTH}}]  {done} of {count}"


def _count_done(standings: Sequence[Standing]) -> str:
    done = f"{sum(each.state.is_done for each in standings)} of {len(standings)} katas passed"
    if any(each.kata.file.hidden is not None for each in standings):
        return f"{done} their public criteria."
    return f"{done}."


def _render_standing(standing: Standing, width: int, console: Console) -> None:
    file = standing.kata.file
    state = standing.state.describe()
    if standing.begun and not standing.state.criteria:
        state = "begun"
    columns = (
        f"{'*' if standing.due else ' '} {standing.kata.number}",
        f"{file.title:<{width}}",
        f"{file.level:<6}",
        f"{file.minutes} min",
        state,
    )
    console.print("  ".join(columns), soft_wrap=True)
    if standing.swapped:
        back = standing.exercise.write_command("swap", "--back")
        console.print(f"      solution swapped in; {back} returns your files", soft_wrap=True)


def render_next(recommendation: Recommendation | None, console: Console) -> None:
    """Write what to do now, why, and how."""
    if recommendation is None:
        render_sentences(["Every kata here is passed. There is no next one."], console)
        return
    exercise = recommendation.exercise
    folder = exercise.locate(exercise.kata.exercise)
    files = " and ".join(f"'{folder}/{name}'" for name in exercise.kata.file.editable)
    print_hanging(Text("Next: ", style="bold"), f"{exercise.describe()}.", console)
    print_hanging(Text("Why:  ", style="bold"), recommendation.reason, console)
    steps = (
        f"Read '{folder}/README.md'.",
        f"Change {files}.",
        f"Run {exercise.write_command('check')}. It says what is still missing.",
    )
    for number, step in enumerate(steps, 1):
        print_hanging(Text(f"  {number}. "), step, console)


_NAMED = 3
MINUTES_FOR_EACH = timedelta(minutes=1, seconds=30)
"""About how long one question of a review takes."""


def describe_due(due: Sequence[LearntRule]) -> Iterable[str]:
    """Say which rules are due again, if there are any."""
    if not due:
        return
    names = ", ".join(f'"{each.name}"' for each in due[:_NAMED])
    more = f" and {len(due) - _NAMED} more" if len(due) > _NAMED else ""
    what = "1 rule is" if len(due) == 1 else f"{len(due)} rules are"
    yield f"Review: {what} due again: {names}{more}."
    yield "`nox -s review` asks for them."
