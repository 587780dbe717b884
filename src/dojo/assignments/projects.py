"""Projects: `pyproject.toml` and the lock for a part of this repository, without authors' tools."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from ..environment import LOCK

BUILDERS = ("flit-core",)
"""What the environment needs to build the project, besides what it needs to run."""

_TABLES = ("build-system", "project", "project.scripts", "tool.flit.module")
_TABLE = re.compile(r"^\[(.+)\]$", re.MULTILINE)
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_PARENT = re.compile(r"^    # (?:via|  ) *(\S.*)$", re.MULTILINE)
_REQUIRED = re.compile(r"[A-Za-z0-9._-]+")
_HEAD = f"# What the katas run with. `nox` installs it; `{LOCK}` was written with them.\n"


def read_project(root: Path, *extras: str) -> dict[str, bytes]:
    """Give `pyproject.toml`, the lock and the licence for those who only run the engine.

    The lock has what the project always needs, and what it needs with these extras.
    """
    project = (root / "pyproject.toml").read_text("utf-8")
    lock = (root / LOCK).read_text("utf-8")
    table = tomllib.loads(project)["project"]
    optional = [each for name in extras for each in table["optional-dependencies"][name]]
    return {
        "pyproject.toml": reduce_project(project).encode(),
        LOCK: reduce_lock(lock, [*table["dependencies"], *optional]).encode(),
        "LICENSE": (root / "LICENSE").read_bytes(),
    }


def reduce_project(text: str) -> str:
    """Keep the tables of a `pyproject.toml` that say how to install and start it."""
    _, *parts = _TABLE.split(text)
    tables = dict(zip(parts[::2], parts[1::2], strict=True))
    kept = "\n\n".join(f"[{name}]\n{tables[name].strip()}" for name in _TABLES) + "\n"
    tomllib.loads(kept)
    return kept


def reduce_lock(text: str, requirements: Sequence[str]) -> str:
    """Keep the pinned packages that are required, and those that one that is kept depends on.

    The lock has to name below each pin, as uv does, the packages that depend on it.
    """
    starts = [found.start() for found in _PINNED.finditer(text)]
    pins = {}
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        pins[text[start:end].partition("==")[0]] = text[start:end]
    parents = {name: set(_PARENT.findall(pin)) for name, pin in pins.items()}
    kept = {*BUILDERS, *(name for each in requirements for name in _REQUIRED.findall(each)[:1])}
    while more := {name for name in pins if name not in kept and parents[name] & kept}:
        kept |= more
    return _HEAD + "".join(pin for name, pin in pins.items() if name in kept)
