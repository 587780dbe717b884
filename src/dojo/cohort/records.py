"""Records: the folder of a run: what it is, and each result as soon as it is known.

Every file is replaced in one step, so that a run that is killed at any moment leaves only whole
ones, which the next call finds.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from ..commandline import UsageError
from ..workspace.errors import WorkspaceError
from ..workspace.lock import lock
from .results import Result
from .runs import Run, name_folder


class RunStopped(Exception):
    """A run cannot go on now; what is graded is kept. The message says why."""


RUN_FILE = "run.json"
LOCK_FILE = "run.lock"


class Records:
    """The run and the results in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def hold_run(self) -> bool:
        """Tell whether a run was begun in the folder."""
        return (self.folder / RUN_FILE).is_file()

    def read_run(self) -> Run:
        """Read the run; `UsageError` if there is none or it cannot be read."""
        try:
            return Run.model_validate_json((self.folder / RUN_FILE).read_bytes())
        except FileNotFoundError:
            raise UsageError(
                f"There is no run in '{self.folder}'. Name a folder that `dojo grade` has written."
            ) from None
        except (OSError, ValidationError) as error:
            raise UsageError(f"The run in '{self.folder}' cannot be read: {error}") from None

    def write_run(self, run: Run) -> None:
        """Begin the folder, or bring up to date who is in it."""
        _replace(self.folder / RUN_FILE, run.model_dump_json(indent=2) + "\n")

    def write(self, student: str, kata: str, text: str) -> None:
        """Keep a result, given as JSON."""
        _replace(self._locate(student, kata), text)

    def read(self, student: str, kata: str) -> Result | None:
        """Read a result, if there is one."""
        text = self.read_text(student, kata)
        return None if text is None else Result.model_validate_json(text)

    def read_text(self, student: str, kata: str) -> bytes | None:
        """Read a result as JSON, if there is one."""
        try:
            return self._locate(student, kata).read_bytes()
        except FileNotFoundError:
            return None

    def iterate(self) -> Iterator[Result]:
        """Read all results, one after the other, also of students whom nobody asked for."""
        for path in sorted((self.folder / "results").glob("*/*/report.json")):
            yield Result.model_validate_json(path.read_bytes())

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other run out of the folder."""
        try:
            with lock(self.folder / LOCK_FILE, patience=0):
                yield
        except WorkspaceError:
            raise UsageError(
                f"Another run is writing to '{self.folder}'. Wait until it has ended, or name"
                " another folder with `--out`."
            ) from None

    def _locate(self, student: str, kata: str) -> Path:
        return self.folder / "results" / name_folder(student) / kata / "report.json"


def _replace(path: Path, text: str) -> None:
    scratch = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(text, "utf-8")
        scratch.replace(path)
    except OSError as error:
        raise RunStopped(
            f"Results cannot be written to '{path.parent}': {error.strerror}."
        ) from None
