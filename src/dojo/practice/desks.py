"""Desks: what a learner has of one kata: its description, their files and what they have reached.

It decides nothing and prints nothing; the commands work on it.
"""

from dataclasses import dataclass
from pathlib import Path

from ..catalogue import Catalogue, Kata, find_root
from ..workspace import Save, Workspace
from .progress import Progress


@dataclass(frozen=True)
class Desk:
    """The learner's side of one kata."""

    kata: Kata

    @property
    def workspace(self) -> Workspace:
        """The learner's `app/` and its saves."""
        return Workspace(self.kata.exercise, self.kata.root / ".dojo")

    @property
    def progress(self) -> Progress:
        """What the learner has reached, in all katas."""
        return Progress(self.kata.root)

    @property
    def app(self) -> str:
        """The learner's `app/` as a path from the repository's root."""
        return self.locate(self.kata.exercise / "app")

    def locate(self, path: Path) -> str:
        """Write a path below the repository's root as people type it there."""
        return path.relative_to(self.kata.root).as_posix()

    def describe_save(self, save: Save) -> str:
        """Say the number of a save and where it lies."""
        return f"save {save.number}, in '{self.locate(save.app)}'"

    def write_command(self, session: str, *arguments: str) -> str:
        """Write a command about this kata as a learner types it, in backticks."""
        return f"`nox -s {' '.join([session, '--', self.kata.number, *arguments])}`"

    def describe_swap(self) -> str | None:
        """Say that `app/` shows the solution, if so; an interrupted change is completed first."""
        if self.workspace.swapped is None:
            return None
        back = self.write_command("swap", "--back")
        return (
            f"'{self.app}' holds the solution, so results are not remembered. "
            f"Run {back} to return to your own files."
        )


def find_desk(name: str) -> Desk:
    """Find the desk of a kata by its id, number or name, from the current folder."""
    return Desk(Catalogue(find_root(Path.cwd())).find(name))
