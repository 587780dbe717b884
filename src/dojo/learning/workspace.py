"""Workspace: swaps, resets and restores the learner's `app/` of one kata; it grades nothing.

A kill at any moment loses nothing. Saves are numbered copies, never changed or deleted; a journal
remembers what `app/` shows and which replacement of it is under way.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from ..model import files
from ..model.catalogue import pristine
from ..model.errors import WorkspaceError, explain
from ..model.files import lock


class Swapped(BaseModel, frozen=True):
    """The solution is in `app/`: the number of the save with the learner's own work, its digest."""

    save: int
    digest: str


class Pending(BaseModel, frozen=True):
    """A replacement has begun: what `app/` shows once it is done."""

    swapped: Swapped | None


class Entry(BaseModel, frozen=True):
    """What the journal says; as a new one says it, `app/` shows the learner's work."""

    swapped: Swapped | None = None
    pending: Pending | None = None


class Journal:
    """The journal of one kata."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Entry:
        """Return what is written; raises `WorkspaceError` if that can't be understood."""
        try:
            return Entry.model_validate_json(self.path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return Entry()
        except (OSError, ValidationError) as error:
            raise WorkspaceError(
                f"The journal '{self.path}' can't be read. "
                "Delete that file (saved work stays), then run the command again."
            ) from error

    def write(self, entry: Entry) -> None:
        """Replace what is written."""
        files.write(self.path, entry.model_dump_json(indent=2) + "\n")


class Save(BaseModel, frozen=True):
    """One kept copy: where it is, why and when (UTC) it was made, and the digest of its `app/`."""

    folder: Path = Field(exclude=True)
    reason: str
    saved_at: AwareDatetime
    digest: str

    @property
    def number(self) -> int:
        """The number that a learner names it by, from 1."""
        return int(self.folder.name)

    @property
    def app(self) -> Path:
        """The copy itself."""
        return self.folder / "app"


class Shelf:
    """All saves of one kata."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.draft = folder / ".new"

    def saves(self) -> list[Save]:
        """Return every save, oldest first."""
        return [self._read(number) for number in self._numbers()]

    def keep(self, tree: Path, reason: str) -> Save:
        """Save a copy of the folder `tree`, unless the newest save already is one; return it."""
        numbers = self._numbers()
        newest = self._read(numbers[-1]) if numbers else None
        # Measured, not looked up: a save that someone has edited no longer holds this work.
        if newest and files.digest(newest.app) == files.digest(tree):
            return newest
        number = numbers[-1] + 1 if numbers else 1
        self._prepare(tree, reason)
        files.move(self.draft, self.folder / str(number))
        return self._read(number)

    def _prepare(self, tree: Path, reason: str) -> None:
        self.draft.mkdir(parents=True)
        app = self.draft / "app"
        files.copy(tree, app)
        save = Save(
            folder=self.draft, reason=reason, saved_at=datetime.now(UTC), digest=files.digest(app)
        )
        files.write(self.draft / "save.json", save.model_dump_json(indent=2) + "\n")

    def _numbers(self) -> list[int]:
        if not self.folder.is_dir():
            return []
        return sorted(int(path.name) for path in self.folder.iterdir() if path.name.isdecimal())

    def _read(self, number: int) -> Save:
        folder = self.folder / str(number)
        try:
            (folder / "app").lstat()
            record = json.loads((folder / "save.json").read_bytes())
            return Save.model_validate({**record, "folder": folder})
        except (OSError, TypeError, ValueError) as error:
            raise WorkspaceError(
                f"The save in '{folder}' is damaged: its 'app' or its 'save.json' can't be read. "
                f"Move that folder out of '{self.folder}', then run the command again."
            ) from error


class Replacement:
    """Replaces one `app/` folder; recovers a replacement that was interrupted."""

    def __init__(self, app: Path, journal: Journal, shelf: Shelf) -> None:
        self.app = app
        self.journal = journal
        self.shelf = shelf
        self.new = app.with_name(".app.new")
        self.old = app.with_name(".app.old")
        self.trash = app.with_name(".app.trash")

    def build(self, layers: Iterable[Path]) -> str:
        """Build the new tree from folders, later ones over earlier ones; return its digest."""
        for layer in layers:
            files.copy(layer, self.new)
        return files.digest(self.new)

    def commit(self, swapped: Swapped | None) -> None:
        """Put the tree that was built in the place of `app/`; it then shows what `swapped` says."""
        entry = self.journal.read()
        self.journal.write(entry.model_copy(update={"pending": Pending(swapped=swapped)}))
        if self.app.exists():
            files.move(self.app, self.old)
        files.move(self.new, self.app)
        self._finish()

    def recover(self) -> None:
        """Complete or drop an interrupted replacement; without one, do nothing."""
        files.delete(self.trash)
        files.delete(self.shelf.draft)
        for draft in files.list_drafts(self.journal.path):
            draft.unlink(missing_ok=True)
        if self.old.exists():
            self._resume()
        self._finish()

    def interrupted(self) -> bool:
        """Tell whether there is anything to recover."""
        drafts = files.list_drafts(self.journal.path)
        traces = (self.new, self.old, self.trash, self.shelf.draft, *drafts)
        return any(path.exists() for path in traces) or self.journal.read().pending is not None

    def _resume(self) -> None:
        if self.journal.read().pending and self.new.exists():
            if self.app.exists():
                # An editor has written into the gap between the two renames.
                self._retire(self.app)
            files.move(self.new, self.app)
        elif not self.app.exists():
            # Someone has deleted the journal: what was there before is the safe answer.
            files.move(self.old, self.app)

    def _finish(self) -> None:
        if self.old.exists():
            self._retire(self.old)
        entry = self.journal.read()
        if entry.pending:
            dropped = self.new.exists()
            self.journal.write(Entry(swapped=entry.swapped if dropped else entry.pending.swapped))
        # Not before the journal is closed: while it is open, no new tree means "already in place".
        files.delete(self.new)

    def _retire(self, tree: Path) -> None:
        """Delete `tree` once nothing in it can be the only copy of someone's work."""
        swapped = self.journal.read().swapped
        if not swapped or files.digest(tree) != swapped.digest:
            self.shelf.keep(tree, "written while app/ was being replaced")
        # The rename tells a later recovery that this tree was kept, however little is left of it.
        files.move(tree, self.trash)
        files.delete(self.trash)


PATIENCE = 5.0


class Workspace:
    """The learner's `app/` in the folder `exercise`, and its saves under the folder `state`.

    `exercise` is `exercises/<id>`, `state` is `.dojo` beside `exercises`, and `description`, by
    default the exercise itself, holds the pristine stub. Every method completes
    or drops an interrupted change first, and raises `WorkspaceError` if it can't do its work.
    """

    def __init__(self, exercise: Path, state: Path, description: Path | None = None) -> None:
        self.exercise = exercise
        self.app = exercise / "app"
        self._description = description or exercise
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
            kept = self._keep(
                "changes to the solution" if swapped else "before the swap to the solution"
            )
            own = self._find(swapped.save) if swapped else kept
            if own is None:
                raise WorkspaceError(f"{self._kata} has no 'app' folder. Run {self._nox('reset')}.")
            built = self._replacement.build([pristine(self._description) / "app", solution / "app"])
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
                    f"{self._kata} already shows your own work, not the solution. "
                    f"Run {self._nox('swap')} to see the solution."
                )
            own = self._find(swapped.save)
            self._replace(own.app, "changes to the solution")
            return own

    def reset(self) -> Save | None:
        """Save `app/`, then put the pristine stub there; return what `save` would."""
        with self._changing():
            return self._replace(pristine(self._description) / "app", "before the reset")

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
                f"{self._kata} has no saved work yet. "
                f"Run {self._nox('reset')} or {self._nox('swap')} first."
            )
        raise WorkspaceError(
            f"{self._kata} has no save '{number}', only {', '.join(map(str, saves))}. "
            f"Run {self._nox('reset', '--restore', str(max(saves)))} to get the newest."
        )
