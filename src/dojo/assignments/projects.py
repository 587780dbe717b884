"""Projects: the engine as a wheel, and the lock for those who only run it."""

import io
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from flit_core.wheel import WheelBuilder

from ..environment import ENGINE, LOCK

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive, so that the same files give the same bytes."""

AUTHORS = ("authoring", "bench", "mutation", "proof")
"""The packages of the engine that only authors use; the bench holds whole graders."""

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_PARENT = re.compile(r"^    # (?:via|  ) *(\S.*)$", re.MULTILINE)
_REQUIRED = re.compile(r"[A-Za-z0-9._-]+")
_HEAD = "# What the katas run with. `nox` installs it, and the engine beside it.\n"


def read_project(root: Path, *extras: str) -> dict[str, bytes]:
    """Give the wheel, the lock and the licence for those who only run the engine.

    The lock has what the project always needs, and what it needs with these extras.
    """
    table = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    optional = [each for name in extras for each in table["optional-dependencies"][name]]
    lock = reduce_lock((root / LOCK).read_text("utf-8"), [*table["dependencies"], *optional])
    name, wheel = build_wheel(root)
    return {
        f"{ENGINE}/{name}": wheel,
        LOCK: lock.encode(),
        "LICENSE": (root / "LICENSE").read_bytes(),
    }


def build_wheel(root: Path) -> tuple[str, bytes]:
    """Build the wheel of the engine without `AUTHORS`; give its name and content.

    The same source gives the same bytes.
    """
    packed = io.BytesIO()
    builder = WheelBuilder.from_ini_path(root / "pyproject.toml", packed)
    builder.source_time_stamp = EARLIEST
    package, files = builder.module.path, list(builder.module.iter_files())
    builder.module.iter_files = lambda: (
        path for path in files if Path(path).relative_to(package).parts[0] not in AUTHORS
    )  # flit leaves out files of source archives only
    builder.build()
    return builder.wheel_filename, packed.getvalue()


def reduce_lock(text: str, requirements: Sequence[str]) -> str:
    """Keep the pinned packages that are required, and those that one that is kept depends on.

    The lock has to name below each pin, as uv does, the packages that depend on it.
    """
    starts = [found.start() for found in _PINNED.finditer(text)]
    pins = {}
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        pins[text[start:end].partition("==")[0]] = text[start:end]
    parents = {name: set(_PARENT.findall(pin)) for name, pin in pins.items()}
    kept = {name for each in requirements for name in _REQUIRED.findall(each)[:1]}
    while more := {name for name in pins if name not in kept and parents[name] & kept}:
        kept |= more
    return _HEAD + "".join(pin for name, pin in pins.items() if name in kept)
