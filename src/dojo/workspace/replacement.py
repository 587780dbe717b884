"""Puts another tree in the place of `app/`, so that being killed at any moment loses nothing.

The new tree is built beside `app/`, in the same file system. Then, in this order:

1. the journal says that a replacement is pending,
2. `app` becomes `.app.old`,
3. `.app.new` becomes `app`,
4. `.app.old` is saved if no save holds it, becomes `.app.trash`, and is deleted,
5. the journal says what `app` shows now.

After an interruption before step 2 the replacement is dropped, after it completed. It does not
decide what the new tree is, and takes no lock.
"""

from collections.abc import Iterable
from pathlib import Path

from . import trees
from .journal import Entry, Journal, Pending, Swapped
from .saves import Shelf


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
            trees.copy(layer, self.new)
        return trees.digest(self.new)

    def commit(self, swapped: Swapped | None) -> None:
        """Put the tree that was built in the place of `app/`; it then shows what `swapped` says."""
        entry = self.journal.read()
        self.journal.write(entry.model_copy(update={"pending": Pending(swapped=swapped)}))
        if self.app.exists():
            trees.move(self.app, self.old)
        trees.move(self.new, self.app)
        self._finish()

    def recover(self) -> None:
        """Complete or drop an interrupted replacement; without one, do nothing."""
        trees.delete(self.trash)
        trees.delete(self.shelf.draft)
        self.journal.draft.unlink(missing_ok=True)
        if self.old.exists():
            self._resume()
        self._finish()

    def interrupted(self) -> bool:
        """Tell whether there is anything to recover."""
        traces = (self.new, self.old, self.trash, self.shelf.draft, self.journal.draft)
        return any(path.exists() for path in traces) or self.journal.read().pending is not None

    def _resume(self) -> None:
        if self.journal.read().pending and self.new.exists():
            if self.app.exists():
                # An editor has written into the gap between the two renames.
                self._retire(self.app)
            trees.move(self.new, self.app)
        elif not self.app.exists():
            # Someone has deleted the journal: what was there before is the safe answer.
            trees.move(self.old, self.app)

    def _finish(self) -> None:
        if self.old.exists():
            self._retire(self.old)
        entry = self.journal.read()
        if entry.pending:
            dropped = self.new.exists()
            self.journal.write(Entry(swapped=entry.swapped if dropped else entry.pending.swapped))
        # Not before the journal is closed: while it is open, no new tree means "already in place".
        trees.delete(self.new)

    def _retire(self, tree: Path) -> None:
        """Delete `tree` once nothing in it can be the only copy of someone's work."""
        swapped = self.journal.read().swapped
        if not swapped or trees.digest(tree) != swapped.digest:
            self.shelf.keep(tree, "written while app/ was being replaced")
        # The rename tells a later recovery that this tree was kept, however little is left of it.
        trees.move(tree, self.trash)
        trees.delete(self.trash)
