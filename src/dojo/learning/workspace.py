"""Swaps, resets and restores the learner's `app/` of one kata; prints nothing, grades nothing."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..model import files
from ..model.catalogue import pristine
from ..model.errors import WorkspaceError, explain
from ..model.files import lock
from .replacement import Journal, Replacement, Save, Shelf, Swapped

PATIENCE = 5.0


class Workspace:
    """The learner's `app/` in the folder `exercise`, and its saves under the folder `state`.

    `exercise` is `exercises/<id>`, `state` is `.dojo` of the repository. Every method completes
    or drops an interrupted change first, and raises `WorkspaceError` if it can't do its work.
    """

    def __init__(self, exercise: Path, state: Path) -> None:
        self.exercise = exercise
        self.app = exercise / "app"
        self._shelf = Shelf(state / "saved" / exercise.name)
        self._journal = Journal(self._shelf.folder / "journal.json")
        self._replacement = Replacement(self.app, self._journal, self._shelf)

    @property
    def swapped(self) -> Save | None:
        """The save with the learner's own work while `app/` shows the solution, else None."""
        self.recover()
        swapped = self._journal.read().swapped
        return self._find(swapped.save) if swapped else None

    def recover(self) -> None:
        """Complete or drop a change that was interrupted; costs next to nothing without one."""
        if self._replacement.interrupted():
            with self._changing():
                pass

    def saves(self) -> list[Save]:
        """Return every save, oldest first."""
        self.recover()
        return self._shelf.saves()

    def save(self, reason: str) -> Save | None:
        """Save a copy of `app/`; return it, or None if `app/` holds nothing of the learner's."""
        with self._changing():
            return self._keep(reason)

    def swap_in(self, solution: Path) -> Save:
        """Save `app/`, put the solution over the pristine stub there; return the learner's save.

        `solution` is the folder that holds the solution's `app/`. Once swapped, doing it again
        brings a clean solution and still returns the learner's own work.
        """
        with self._changing():
            if not (solution / "app").is_dir():
                raise WorkspaceError(
                    f"{self._kata} has no solution in '{solution / 'app'}'. "
                    "Run `nox -s list` to see the katas."
                )
            swapped = self._journal.read().swapped
            kept = self._keep("edits to the solution" if swapped else "before the solution came")
            own = self._find(swapped.save) if swapped else kept
            if own is None:
                raise WorkspaceError(f"{self._kata} has no 'app' folder. Run {self._nox('reset')}.")
            built = self._replacement.build([pristine(self.exercise) / "app", solution / "app"])
            self._replacement.commit(Swapped(save=own.number, digest=built))
            return own

    def swap_back(self) -> Save:
        """Put the learner's own files back in the solution's place; return the save they are from.

        What was edited in the solution is saved first.
        """
        with self._changing():
            swapped = self._journal.read().swapped
            if swapped is None:
                raise WorkspaceError(
                    f"{self._kata} shows your own work, there is no solution to take out. "
                    f"Run {self._nox('swap')} to see the solution."
                )
            own = self._find(swapped.save)
            self._replace(own.app, "edits to the solution")
            return own

    def reset(self) -> Save | None:
        """Save `app/`, then put the pristine stub there; return what `save` would."""
        with self._changing():
            return self._replace(pristine(self.exercise) / "app", "before the reset")

    def restore(self, number: int) -> Save:
        """Save `app/`, then put the save with this number there; return that save."""
        with self._changing():
            save = self._find(number)
            self._replace(save.app, f"before save {number} was restored")
            return save

    @property
    def _kata(self) -> str:
        return f"Kata '{self.exercise.name}'"

    def _nox(self, session: str, *arguments: str) -> str:
        short = self.exercise.name.partition("_")[0]
        return f"`nox -s {' '.join([session, '--', short, *arguments])}`"

    @contextmanager
    def _changing(self) -> Iterator[None]:
        try:
            with lock(self._shelf.folder / "lock", PATIENCE):
                self._replacement.recover()
                try:
                    yield
                except BaseException:
                    with suppress(OSError, WorkspaceError):
                        self._replacement.recover()
                    raise
        except OSError as error:
            raise WorkspaceError(
                f"{self._kata} can't be changed: {explain(error)}. "
                "Close programs that use it and check its permissions, then run the command again."
            ) from error

    def _keep(self, reason: str) -> Save | None:
        if self.app.is_symlink() or (self.app.exists() and not self.app.is_dir()):
            raise WorkspaceError(
                f"'{self.app}' is a link or a file. "
                f"Put a real folder in its place, or move it away and run {self._nox('reset')}."
            )
        swapped = self._journal.read().swapped
        if not self.app.exists() or (swapped and files.digest(self.app) == swapped.digest):
            return None
        return self._shelf.keep(self.app, reason)

    def _replace(self, tree: Path, reason: str) -> Save | None:
        kept = self._keep(reason)
        self._replacement.build([tree])
        self._replacement.commit(None)
        return kept

    def _find(self, number: int) -> Save:
        saves = {save.number: save for save in self._shelf.saves()}
        if number in saves:
            return saves[number]
        if not saves:
            raise WorkspaceError(
                f"{self._kata} holds no saved work yet. "
                f"Run {self._nox('reset')} or {self._nox('swap')} first."
            )
        raise WorkspaceError(
            f"{self._kata} has no save '{number}', only {', '.join(map(str, saves))}. "
            f"Run {self._nox('reset', '--restore', str(max(saves)))} to get the newest."
        )
