"""Paths: what readers see instead of places on this machine.

A path of the submission is written from its own root, one of a library from where it is imported.
"""

import sysconfig
from functools import cache
from pathlib import Path

from ..wall.folders import RunFolder

_ENGINE = Path(__file__).parents[2]


def hide_paths(text: str, folder: RunFolder | None = None) -> str:
    """Shorten the paths in a text; of the folders of this run nothing is left."""
    own = {folder.stage: "", folder.work: "~/", folder.root: ""} if folder else {}
    for path, shown in (own | _list_libraries()).items():
        text = text.replace(f"{path}/", shown).replace(str(path), shown or ".")
    return text


@cache
def _list_libraries() -> dict[Path, str]:
    names = ("purelib", "platlib", "platstdlib", "stdlib")
    found = {Path(sysconfig.get_path(name)): "" for name in names} | {_ENGINE: ""}
    return dict(sorted(found.items(), key=lambda item: -len(str(item[0]))))
