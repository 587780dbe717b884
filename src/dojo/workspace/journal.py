"""Remembers what `app/` of one kata shows, and which replacement of it is under way.

It is one small file, replaced as a whole; it never touches `app/`.
"""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from . import trees
from .errors import WorkspaceError


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
        self.draft = trees.draft_of(path)

    def read(self) -> Entry:
        """Return what is written; raises `WorkspaceError` if that can't be understood."""
        try:
            return Entry.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return Entry()
        except ValidationError as error:
            raise WorkspaceError(
                f"The journal '{self.path}' can't be read. "
                "Delete that file (saved work stays), then run the command again."
            ) from error

    def write(self, entry: Entry) -> None:
        """Replace what is written."""
        trees.write(self.path, entry.model_dump_json(indent=2) + "\n")
