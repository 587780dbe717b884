"""Submissions: where a kata lies in what was handed in, and the tree that is graded.

Nothing of a submission is imported or run here, and no file outside its `app/` is ever copied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from importlib.machinery import all_suffixes
from pathlib import Path

from .archives import unpack
from .file_trees import (
    LINK,
    SPECIAL,
    FileTree,
    RefusedFile,
    SubmissionUnreadable,
    TreeLimits,
    is_junk,
    quoted,
    write_files,
)
from .files import digest_parts

LIMITS = TreeLimits()
KATA_IDS = "[0-9][0-9]_*"

# Databases that an earlier run left in `app/`: their rows could decide a later verdict.
LEFTOVERS = tuple(
    f".{kind}{part}"
    for kind in ("db", "sqlite", "sqlite3")
    for part in ("", "-journal", "-shm", "-wal")
)


class KataMissing(SubmissionUnreadable):
    """Nothing that lies where a kata is looked for."""


@dataclass(frozen=True)
class Staged:
    """The tree that is graded, in `folder/app`, and how it came about."""

    folder: Path
    changed_given: tuple[str, ...]
    """Given files that the submission had altered; the pristine ones were put in their place."""
    missing: tuple[str, ...]
    """Editable files that the submission lacks; the stub's are not put in their place."""
    digest: str
    """SHA-256, in hexadecimal, over names and contents of all files."""


def locate(path: Path, kata_id: str, scratch: Path) -> Path:
    """Return the folder that holds the `app/` of a kata in the folder or archive at `path`.

    Looked for are `app/`, `<kata_id>/app/` and `exercises/<kata_id>/app/`, then the same in the
    only folder there is, as download tools wrap things. An archive is unpacked into `scratch`,
    a folder absent or empty, which must outlive the result.

    Raises `KataMissing` if there is none, `SubmissionUnreadable` if there is more than one, or a
    link on the way to it.
    """
    if path.is_file():
        unpack(path, scratch)
        top = scratch
    elif path.is_dir():
        top = path
    else:
        raise SubmissionUnreadable(
            f"Submission '{path}' does not exist. Give a folder, a zip archive or a tar archive."
        )
    found = _apps(top, kata_id)
    if not found and (wrapper := _only_folder(top, kata_id)):
        found = _apps(wrapper, kata_id)
    if len(found) != 1:
        problem = SubmissionUnreadable if found else KataMissing
        raise problem(f"Submission '{path}' {_finding(top, found, kata_id)}.")
    _refuse_links(top, found[0])
    return found[0].parent


def _apps(folder: Path, kata_id: str) -> list[Path]:
    layouts = ("app", f"{kata_id}/app", f"exercises/{kata_id}/app")
    return [folder / layout for layout in layouts if (folder / layout).is_dir()]


def _only_folder(top: Path, kata_id: str) -> Path | None:
    """Return the single visible folder in `top`, unless its name says that it is another kata."""
    names = [path.name for path in top.iterdir() if path.is_dir() and path.name[0] != "."]
    names = [name for name in names if not is_junk(name)]
    if len(names) != 1:
        return None
    is_other_kata = fnmatch(names[0], KATA_IDS) and not names[0].startswith(kata_id)
    return None if is_other_kata else top / names[0]


def _finding(top: Path, found: Sequence[Path], kata_id: str) -> str:
    if found:
        places = " and ".join(f"'{app.relative_to(top).as_posix()}'" for app in found)
        return f"holds the kata more than once, in {places}. Give one of these folders"
    return (
        f"holds no folder 'app', '{kata_id}/app' or 'exercises/{kata_id}/app'."
        " Give the folder that holds 'app'"
    )


def _refuse_links(top: Path, app: Path) -> None:
    """Refuse a link on the way to `app`, which could lead to a tree that is not the author's."""
    for folder in (app, *app.parents):
        if folder == top:
            return
        if folder.is_symlink():
            name = folder.relative_to(top).as_posix()
            raise _refused(RefusedFile(f"{quoted(name)} {LINK}"))


def _refused(refusal: RefusedFile) -> SubmissionUnreadable:
    return SubmissionUnreadable(f"The submission was refused because {refusal}.")


def stage(stub: Path, source: Path, editable: Sequence[str], target: Path) -> Staged:
    """Write the tree that is graded, the `app/` in `source` made safe, into `target`.

    Given files, which are all files of the `app/` in `stub` that are not `editable`, come from
    there. All else comes from `source`, files that its author added included, but for caches and
    local databases. `editable` holds paths like `app/main.py`; `target` is absent or empty.

    Raises `SubmissionUnreadable` for a link, a name or a size that is not let in, and for a file
    that would be imported instead of a given one.
    """
    given = _read_given(stub, editable)
    try:
        tree = _read_app(source)
        _refuse_substitutes(tree.files, given)
        changed = [path for path in given if _is_changed(tree.files.get(path), given[path])]
        for path, content in given.items():
            tree.replace_file(path, content)
    except RefusedFile as refusal:
        raise _refused(refusal) from refusal
    write_files(tree.files, target)
    missing = [path for path in editable if path not in tree.files]
    return Staged(target, tuple(changed), tuple(missing), digest(tree.files))


def read(source: Path) -> dict[str, bytes]:
    """Read the `app/` in `source` as `stage` does, path to content, without writing it anywhere.

    Raises `SubmissionUnreadable` for a link, a name or a size that is not let in.
    """
    try:
        return _read_app(source).files
    except RefusedFile as refusal:
        raise _refused(refusal) from refusal


def _read_given(stub: Path, editable: Sequence[str]) -> dict[str, bytes]:
    paths = sorted(path for path in (stub / "app").rglob("*") if path.is_file())
    names = {path.relative_to(stub).as_posix(): path for path in paths}
    return {
        name: path.read_bytes()
        for name, path in names.items()
        if name not in editable and not is_junk(name)
    }


def _read_app(source: Path) -> FileTree:
    tree = FileTree(LIMITS)
    pending = [source / "app"]
    if not pending[0].is_dir():
        raise RefusedFile("it holds no folder 'app'. Give the folder that holds 'app'")
    while pending:
        path = pending.pop()
        name = path.relative_to(source).as_posix()
        if is_junk(name) or path.name.endswith(LEFTOVERS):
            continue
        try:
            pending += _add(tree, name, path)
        except OSError as error:
            raise RefusedFile(f"{quoted(name)} cannot be read: check its permissions") from error
    return tree


def _add(tree: FileTree, name: str, path: Path) -> list[Path]:
    """Add one file or folder, and return what lies in the folder, last things first."""
    if path.is_symlink():
        raise RefusedFile(f"{quoted(name)} {LINK}")
    if path.is_dir():
        tree.add_folder(name)
        return sorted(path.iterdir(), reverse=True)
    if not path.is_file():
        raise RefusedFile(f"{quoted(name)} {SPECIAL}")
    tree.add_file(name, partial(_read_start, path))
    return []


def _read_start(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _is_changed(content: bytes | None, pristine: bytes) -> bool:
    """Compare but for line ends, which version control rewrites on Windows."""
    return content is not None and content.splitlines() != pristine.splitlines()


def _refuse_substitutes(files: Mapping[str, bytes], given: Mapping[str, bytes]) -> None:
    """Refuse, for instance, a package `app/database/` that hides the given `app/database.py`."""
    modules = {module: path for path in given if (module := _module(path))}
    for path in files:
        original = modules.get(_module(path) or "")
        if original and path not in given:
            instead = f"would be imported instead of the given file {quoted(original)}: rename it"
            raise RefusedFile(f"{quoted(path)} {instead}")


def _module(path: str) -> str | None:
    """Return the module that Python finds in the file, as a path without its suffix."""
    suffix = next((suffix for suffix in all_suffixes() if path.endswith(suffix)), None)
    return path.removesuffix(suffix).removesuffix("/__init__") if suffix else None


def digest(files: Mapping[str, bytes]) -> str:
    """Compute the SHA-256, in hexadecimal, over names and contents of files."""
    return digest_parts(part for name in sorted(files) for part in (name.encode(), files[name]))
