"""Submissions: where a kata lies in what was handed in, and the tree that is graded.

Nothing of a submission is imported or run here, and no file outside its `app/` is ever copied.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib.machinery import all_suffixes
from pathlib import Path

from .archive_members import to_time
from .archives import Archive
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
from .layouts import Contents, Place, find_app, index_paths

LIMITS = TreeLimits()
NESTING = 2
"""Archives in an archive."""

# Databases that an earlier run left in `app/`: their rows could decide a later verdict.
LEFTOVERS = tuple(
    f".{kind}{part}"
    for kind in ("db", "sqlite", "sqlite3")
    for part in ("", "-journal", "-shm", "-wal")
)


class KataMissing(SubmissionUnreadable):
    """Other katas lie there, but not this one."""


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


@dataclass(frozen=True)
class Located:
    """The folder that holds the `app/` of a kata, and where it was found."""

    folder: Path
    trail: tuple[str, ...]
    """The names of the folders and archives on the way to it, the submission's own first."""
    newest: datetime | None
    """When the newest file in `app/` was changed, where that can be known."""


def locate(path: Path, kata_id: str, scratch: Path) -> Path:
    """Return the folder that holds the `app/` of a kata, as `find` does."""
    return find(path, kata_id, scratch).folder


def find(path: Path, kata_id: str, scratch: Path) -> Located:
    """Find the `app/` of a kata in the folder or archive at `path`, as `find_app` looks for it.

    It may lie in one more archive. Of an archive it is unpacked into `scratch`, a folder absent or
    empty, which must outlive the result.

    Raises `KataMissing` if there are only other katas, `SubmissionUnreadable` if there is none or
    more than one, or a link on the way to it.
    """
    if path.is_file():
        with path.open("rb") as file:
            return _find_in_archive(Archive(path.name, file), str(path), kata_id, scratch)
    if not path.is_dir():
        raise SubmissionUnreadable(
            f"Submission '{path}' does not exist. Give a folder, a zip archive or a tar archive."
        )
    place = find_app(partial(_list_folder, path), kata_id)
    if archive := _choose_archive(str(path), place, kata_id):
        _refuse_links(path, path / archive)
        found = find(path / archive, kata_id, scratch)
        return replace(found, trail=(path.name, *found.trail))
    app = path / place.apps[0]
    _refuse_links(path, app)
    return Located(app.parent, (path.name, *place.apps[0].split("/")), _find_newest(path, app))


def list_archives(path: Path, kata_id: str) -> list[Path]:
    """List the archives in a folder that may hold an `app/`; none where it has one itself."""
    place = find_app(partial(_list_folder, path), kata_id)
    return [] if place.apps else [path / each for each in place.choose_archives(kata_id)]


def lacks_kata(path: Path, kata_id: str) -> bool:
    """Tell whether a folder or archive holds other katas, and not this one."""
    place = _look_into(path, kata_id)[0]
    return not place.apps and not place.archives and place.other_katas


def read_newest(path: Path, kata_id: str) -> datetime | None:
    """Read when the newest file in the `app/` of a folder or archive was changed, if it tells."""
    place, times = _look_into(path, kata_id)
    if path.is_dir():
        archives = place.choose_archives(kata_id)
        if place.apps:
            return _find_newest(path, path / place.apps[0])
        return read_newest(path / archives[0], kata_id) if archives else None
    inside = f"{place.apps[0]}/" if place.apps else ""
    known = [time for name, time in times.items() if time and name.startswith(inside)]
    return max(known, default=None)


def _look_into(path: Path, kata_id: str) -> tuple[Place, dict[str, datetime | None]]:
    """Look for an `app/`; of an archive, give the times of all that is in it, too."""
    if path.is_dir():
        return find_app(partial(_list_folder, path), kata_id), {}
    with path.open("rb") as file:
        times = Archive(path.name, file).list_names()
    return find_app(index_paths(times), kata_id), times


def _find_in_archive(
    archive: Archive, source: str, kata_id: str, scratch: Path, depth: int = 0
) -> Located:
    place = find_app(index_paths(archive.list_names()), kata_id)
    if inner := _choose_archive(source, place, kata_id):
        if depth == NESTING:
            raise SubmissionUnreadable(
                f"Submission '{source}' holds archives in archives, more than {NESTING} deep."
                " Give the innermost one."
            )
        found = _find_in_archive(archive.open(inner), source, kata_id, scratch, depth + 1)
        return replace(found, trail=(archive.name, *found.trail))
    unpacked = archive.read(place.apps[0])
    write_files(unpacked.files, scratch)
    app = scratch / place.apps[0]
    app.mkdir(parents=True, exist_ok=True)
    return Located(app.parent, (archive.name, *place.apps[0].split("/")), unpacked.newest)


def _choose_archive(source: str, place: Place, kata_id: str) -> str:
    """Give the archive to look into; none where there is an `app/`; refuse all else."""
    if len(place.apps) == 1:
        return ""
    if place.apps:
        raise SubmissionUnreadable(
            f"Submission '{source}' holds the kata more than once, in {_join(place.apps)}."
            " Give one of these folders."
        )
    archives = place.choose_archives(kata_id)
    if len(archives) > 1:
        raise SubmissionUnreadable(
            f"Submission '{source}' holds more than one archive, {_join(archives)}: keep one."
        )
    if archives:
        return archives[0]
    problem = KataMissing if place.other_katas else SubmissionUnreadable
    raise problem(
        f"Submission '{source}' holds no folder 'app', '{kata_id}/app' or"
        f" 'exercises/{kata_id}/app'. Give the folder that holds 'app'."
    )


def _join(names: Iterable[str]) -> str:
    return " and ".join(map(quoted, names))


def _list_folder(top: Path, path: str) -> Contents:
    folder = top / path
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    folders = tuple(each.name for each in entries if each.is_dir())
    return Contents(folders, tuple(each.name for each in entries if each.is_file()))


def _find_newest(top: Path, app: Path) -> datetime | None:
    """Find when a file in `app/` was last changed; a clone of git only knows when it was made."""
    folder = app
    while folder != top:
        folder = folder.parent
        if (folder / ".git").exists():
            return None
    paths = [path for path in app.rglob("*") if path.is_file() and not path.is_symlink()]
    names = [path for path in paths if not is_junk(path.relative_to(top).as_posix())]
    times = [to_time(path.lstat().st_mtime) for path in names]
    return max(filter(None, times), default=None)


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
