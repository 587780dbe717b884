"""Layouts: where the `app/` of a kata lies in a folder or an archive, told by names alone."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatch

from .file_trees import DEPTH, is_junk

KATA_IDS = "[0-9][0-9]_*"

ARCHIVE_SUFFIXES = (
    *(".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tbz2", ".txz", ".tar", ".zip"),
    *(".7z", ".rar"),
)


@dataclass(frozen=True)
class Contents:
    """The names of what lies in one folder."""

    folders: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def visible(self) -> list[str]:
        """The folders that somebody made, and no tool."""
        return [name for name in self.folders if name[0] != "." and not is_junk(name)]

    @property
    def archives(self) -> list[str]:
        """The files that call themselves archives."""
        files = [name for name in self.files if name[0] != "." and not is_junk(name)]
        return [name for name in files if name.casefold().endswith(ARCHIVE_SUFFIXES)]


Lister = Callable[[str], Contents]
"""Lists the folder at a relative path; `""` is the top."""


def index_paths(paths: Iterable[str]) -> Lister:
    """Make a lister of paths, of which folders may end with a slash."""
    folders: dict[str, set[str]] = defaultdict(set)
    files: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        *parents, last = path.split("/")
        top = ""
        for name in parents[:_DEEPEST]:
            folders[top].add(name)
            top = f"{top}/{name}".strip("/")
        if last and len(parents) <= _DEEPEST:
            files[top].add(last)
    return lambda path: Contents(tuple(sorted(folders[path])), tuple(sorted(files[path])))


_DEEPEST = DEPTH + 4
"""Folders in folders among which an `app/` is looked for."""


@dataclass(frozen=True)
class Place:
    """What was found; paths are relative to the top.

    `apps` holds the places of `app/`. Where there is none, `archives` may hold it.
    """

    apps: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    other_katas: bool = False
    """Whether other katas lie where this one does not."""

    def choose_archives(self, kata_id: str) -> tuple[str, ...]:
        """Choose the archives that are called like the kata; where none is, all."""
        named = [each for each in self.archives if _get_name(each).startswith(kata_id)]
        return tuple(named) or self.archives


def find_app(list_folder: Lister, kata_id: str) -> Place:
    """Find `app/`, `<kata_id>/app/` or `exercises/<kata_id>/app/`.

    Where there is none, the same is looked for in the only folder that lies there, as download
    tools wrap things, and so on.
    """
    top, others = "", False
    archives: tuple[str, ...] = ()
    for _ in range(DEPTH):
        found = list_folder(top)
        places = _list_places(top, kata_id)
        apps = [f"{each}/app".strip("/") for each in places if "app" in list_folder(each).folders]
        if apps:
            return Place(tuple(_enter_double(list_folder, app) for app in apps))
        archives = archives or tuple(f"{top}/{name}".strip("/") for name in found.archives)
        others = others or _holds_katas(list_folder, top)
        folders = found.visible
        if len(folders) != 1 or is_other_kata(folders[0], kata_id):
            break
        top = f"{top}/{folders[0]}".strip("/")
    own = [each for each in archives if not is_other_kata(_get_name(each), kata_id)]
    return Place((), tuple(own), others or len(own) < len(archives))


def is_other_kata(name: str, kata_id: str) -> bool:
    """Tell whether a folder or file is called like a kata that is not this one."""
    return fnmatch(name, KATA_IDS) and not name.startswith(kata_id)


def _get_name(path: str) -> str:
    return path.rpartition("/")[2]


def _list_places(top: str, kata_id: str) -> list[str]:
    layouts = ("", kata_id, f"exercises/{kata_id}")
    return [f"{top}/{layout}".strip("/") for layout in layouts]


def _enter_double(list_folder: Lister, app: str) -> str:
    """Enter `app/app/`, which unpacking made, where the outer one holds no program of its own."""
    contents = list_folder(app)
    is_double = "app" in contents.folders and not any(
        name.endswith(".py") for name in contents.files
    )
    return f"{app}/app" if is_double else app


def _holds_katas(list_folder: Lister, top: str) -> bool:
    folders = [*list_folder(top).visible, *list_folder(f"{top}/exercises".strip("/")).visible]
    return any(fnmatch(name, KATA_IDS) for name in folders)
