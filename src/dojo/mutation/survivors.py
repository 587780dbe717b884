"""Survivors: the mutants that a kata's author knows to survive, each with the reason.

    [[survivor]]
    file = "app/main.py"
    within = "create_order"
    change = '''
    -    if pieces > limit:
    +    if pieces >= limit:
    '''
    why = "No order can be placed that reaches the limit exactly."

An entry is found by what the change takes away and puts in, not by a line number, so it outlives
changes elsewhere in the file. It says nothing about mutants that are killed.
"""

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..catalogue import Kata
from .mutants import Mutant

FILE_NAME = "survivors.toml"

Key = tuple[str, str, tuple[str, ...]]


class SurvivorEntry(BaseModel):
    """One `[[survivor]]`: where it is, what it changes, and why it may survive.

    `within` is the dotted name of the function or class, empty outside of them. `change` holds the
    lines of a diff that begin with `-` or `+`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    within: str = ""
    change: str = Field(min_length=2)
    why: str = Field(min_length=20)

    @property
    def key(self) -> Key:
        """What a mutant must have in common with the entry."""
        return self.file, self.within, select_changed(self.change.splitlines())


class SurvivorsFile(BaseModel):
    """The contents of a `survivors.toml`; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    survivor: tuple[SurvivorEntry, ...] = ()


class SurvivorsUnreadable(Exception):
    """A `survivors.toml` that cannot be read; the message says why."""


def read_survivors(kata: Kata) -> tuple[SurvivorEntry, ...]:
    """Read the survivors that a kata lists; none without a file."""
    return read_entries(kata.grader / FILE_NAME)


def read_entries(path: Path) -> tuple[SurvivorEntry, ...]:
    """Read a list of survivors; `SurvivorsUnreadable` if it is not as it should be."""
    if not path.is_file():
        return ()
    try:
        return SurvivorsFile.model_validate(tomllib.loads(path.read_text("utf-8"))).survivor
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        text = " ".join(str(error).split())
        name = f"{path.parent.name}/{path.name}"
        raise SurvivorsUnreadable(f"'{name}' cannot be read: {text}") from None


def explain(
    survivors: Iterable[Mutant], entries: Sequence[SurvivorEntry]
) -> tuple[dict[str, str], list[SurvivorEntry]]:
    """Give the reason for each survivor that has one, by its id, and the entries left over.

    An entry explains one mutant: the same change made twice within a function takes two.
    """
    left = list(entries)
    reasons: dict[str, str] = {}
    for mutant in survivors:
        entry = next((each for each in left if each.key == make_key(mutant)), None)
        if entry is not None:
            left.remove(entry)
            reasons[mutant.id] = entry.why
    return reasons, left


def make_key(mutant: Mutant) -> Key:
    """Give what an entry must have in common with a mutant."""
    return mutant.file, mutant.within, select_changed(mutant.diff[2:])


def select_changed(lines: Iterable[str]) -> tuple[str, ...]:
    """Give the removed and added lines of a diff, without indentation and without context."""
    return tuple(
        f"{line[0]}{' '.join(line[1:].split())}" for line in lines if line[:1] in {"-", "+"}
    )
