"""Keeps numbered copies of a learner's `app/`; never changes or deletes one, never touches `app/`.

A save is the folder `<number>/` with `app/` and `save.json`. It is prepared under another name
and renamed when complete, so a numbered folder is always a whole save.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, Field

from . import trees
from .errors import WorkspaceError


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
        if newest and trees.digest(newest.app) == trees.digest(tree):
            return newest
        number = numbers[-1] + 1 if numbers else 1
        self._prepare(tree, reason)
        trees.move(self.draft, self.folder / str(number))
        return self._read(number)

    def _prepare(self, tree: Path, reason: str) -> None:
        self.draft.mkdir(parents=True)
        app = self.draft / "app"
        trees.copy(tree, app)
        save = Save(
            folder=self.draft, reason=reason, saved_at=datetime.now(UTC), digest=trees.digest(app)
        )
        trees.write(self.draft / "save.json", save.model_dump_json(indent=2) + "\n")

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
