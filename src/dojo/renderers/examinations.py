"""Examinations: what the doctor found out about each mode of isolation, and what may help."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from ..sandbox.modes import Mode
from ..sandbox.trust import Examination
from .consoles import print_hanging

_LABEL_WIDTH = max(map(len, Mode)) + 2


def render_examination(examination: Examination, advice: Iterable[str], console: Console) -> None:
    """Write whether a mode holds, what a submission can do in it, and what may help."""
    label = Text(f"{examination.mode:<{_LABEL_WIDTH}}")
    for sentence in (_summarise(examination), *_list_found(examination), *advice):
        print_hanging(label, sentence, console)
        label = Text(" " * _LABEL_WIDTH)


def render_choice(mode: Mode, console: Console) -> None:
    """Write which mode submissions of others are graded in."""
    sentence = f"`nox -s grade` uses `{mode}` on this machine."
    if not mode.is_for_strangers:
        sentence += " It refuses to, unless you trust the submissions."
    print_hanging(Text(), sentence, console)


def _summarise(examination: Examination) -> str:
    if examination.problem:
        return f"not here: {examination.problem}"
    if not examination.holds:
        return "does not hold: a submission can do what this mode promises to prevent."
    prevented = sum(not did for did in examination.found.values())
    return f"holds: {prevented} of {len(examination.found)} hostile acts are prevented."


def _list_found(examination: Examination) -> list[str]:
    """Tell what the acts could do, the leaks first."""
    leaks = examination.leaks
    found = {act: did for act, did in examination.found.items() if did and act not in leaks}
    sentences = [f"A leak: an act {did}." for did in leaks.values()]
    if found:
        sentences.append(f"Not prevented, nor promised: acts {'; '.join(found.values())}.")
    return sentences
