"""Files of a submission in memory: which names and sizes are let in, and how they are written.

It does not know where the files come from; `archives` and `submissions` read them.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import UsageError

MIB = 1024 * 1024

PATH_BYTES = 200
NAME_BYTES = 100
LONGEST_NAME = 4 * PATH_BYTES
"""Characters as written, before composing: its time grows with the square of their number."""
DEPTH = 12
NOT_PORTABLE = frozenset('<>:"|?*\\')
DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789¹²³"}
)

JUNK_FOLDERS = frozenset(
    {"__macosx", "__pycache__", ".git", ".venv", "venv", "node_modules", ".dojo", ".nox"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
JUNK_FILES = frozenset([".ds_store", "thumbs.db", "desktop.ini"])
APPLE_DOUBLE_PREFIX = "._"
BYTECODE_SUFFIXES = (".pyc", ".pyo")

ABSOLUTE = "is an absolute path: use a relative one"
OUTSIDE = "points outside its folder: leave it out"
LINK = "is a link: replace it with the file or folder itself"
TOO_LONG = "has a name that is too long: shorten it"
SPECIAL = "is not a regular file: leave it out"


class SubmissionUnreadable(UsageError):
    """A submission that cannot be graded as handed in; the message is a sentence for its author."""


class RefusedFile(Exception):
    """A file that no submission may hold; the message names it, says why and what to do.

    It is the part of a sentence that follows "was refused because".
    """


@dataclass(frozen=True)
class TreeLimits:
    """The most that a submission may hold; sizes are bytes, counted while reading."""

    entries: int = 5_000
    """Files and folders, in an archive the ignored ones as well."""
    files: int = 300
    file_bytes: int = 1 * MIB
    total_bytes: int = 5 * MIB


def quoted(name: str) -> str:
    """Return `name` in quotes for a message: one line, shortened, nothing invisible left."""
    return repr(name if len(name) <= 80 else f"{name[:79]}…")


def mebibytes(size: int) -> str:
    """Return `size`, in bytes, for a message."""
    return f"{size / MIB:g} MiB"


def is_junk(name: str) -> bool:
    """Tell whether `name`, a relative path, is what ordinary tools leave behind."""
    parts = name.casefold().rstrip("/").split("/")
    last = parts[-1]
    return (
        not JUNK_FOLDERS.isdisjoint(parts)
        or last in JUNK_FILES
        or last.startswith(APPLE_DOUBLE_PREFIX)
        or last.endswith(BYTECODE_SUFFIXES)
    )


def portable_path(name: str) -> str:
    """Return `name` as a relative path in Unicode NFC that every platform can hold.

    Raises `RefusedFile` for a name that leads elsewhere or that some platform cannot hold.
    """
    path = unicodedata.normalize("NFC", name[: LONGEST_NAME + 1])
    parts = [part for part in path.split("/") if part not in ("", ".")]
    too_long = TOO_LONG if len(name) > LONGEST_NAME else None
    if problem := too_long or _name_problem(path, parts):
        raise RefusedFile(f"{quoted(name)} {problem}")
    return "/".join(parts)


def _name_problem(path: str, parts: list[str]) -> str | None:
    if path.startswith("/"):
        return ABSOLUTE
    if ".." in parts:
        return OUTSIDE
    if not path.isprintable() or any(_is_unportable(part) for part in parts):
        return "has a name that some computers cannot use: rename it with plain letters"
    if any(part.split(".")[0].rstrip().upper() in DEVICES for part in parts):
        return "is the name of a device on Windows: rename it"
    if len(path.encode()) > PATH_BYTES or any(len(part.encode()) > NAME_BYTES for part in parts):
        return TOO_LONG
    if len(parts) > DEPTH:
        return f"is nested more than {DEPTH} folders deep: move it up"
    return None


def _is_unportable(part: str) -> bool:
    return not NOT_PORTABLE.isdisjoint(part) or part.endswith((".", " "))


class FileTree:
    """Checked files, as `files`: path to content.

    Their paths are portable, and distinct even where case and Unicode form do not count.
    Whatever breaks a rule or a limit raises `RefusedFile`.
    """

    def __init__(self, limits: TreeLimits) -> None:
        self.files: dict[str, bytes] = {}
        self._limits = limits
        self._room = limits.total_bytes
        self._spellings: dict[str, str] = {}

    def add_folder(self, name: str) -> None:
        """Note a folder, of which nothing is kept unless a file lies in it."""
        self._claim(portable_path(name))

    def add_file(self, name: str, read: Callable[[int], bytes]) -> None:
        """Add the file whose first bytes, at most as many as asked for, `read` returns."""
        limits = self._limits
        path = portable_path(name)
        if len(self.files) >= limits.files:
            raise RefusedFile(f"it holds more than {limits.files} files: leave some out")
        self._claim_file(path)
        content = read(limits.file_bytes + 1)
        self._room -= len(content)
        if len(content) > limits.file_bytes:
            too_large = f"is larger than {mebibytes(limits.file_bytes)}: leave it out"
            raise RefusedFile(f"{quoted(name)} {too_large}")
        if self._room < 0:
            too_much = f"makes it larger than {mebibytes(limits.total_bytes)}: leave some files out"
            raise RefusedFile(f"{quoted(name)} {too_much}")
        self.files[path] = content

    def replace_file(self, path: str, content: bytes) -> None:
        """Put in a trusted file, instead of the one at the same path if there is one."""
        if path not in self.files:
            self._claim_file(path)
        self.files[path] = content

    def _claim_file(self, path: str) -> None:
        if not path:
            raise RefusedFile("it holds a file without a name: leave it out")
        if self._spellings.get(_folded(path)) == path:
            raise RefusedFile(f"{quoted(path)} occurs twice: leave one out")
        self._claim(path)

    def _claim(self, path: str) -> None:
        """Reserve `path` and the folders above it, each in a single spelling."""
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            part = "/".join(parts[:end])
            spelling = self._spellings.setdefault(_folded(part), part)
            if spelling != part or part in self.files:
                clash = (
                    f"has the same name as {quoted(spelling)} on some computers: rename one of them"
                )
                raise RefusedFile(f"{quoted(path)} {clash}")
        if len(self._spellings) > self._limits.entries:
            raise RefusedFile(f"it holds more than {self._limits.entries} entries: leave some out")


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path.casefold())


def write_files(files: Mapping[str, bytes], target: Path) -> None:
    """Write checked `files` (path to content, mode 0644) into `target`, absent or empty so far."""
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise FileExistsError(f"Folder {str(target)!r} is not empty; name an empty one.")
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:  # exclusive: follows no link and overwrites nothing
            file.write(content)
        path.chmod(0o644)
