"""Visible: the parts of this machine that a submission may read: Python, libraries, the host.

Graders, solutions and the grader's side of the engine are not among them.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent

_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")
_CONFIGURATION = (
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
)
_DEVICES = ("/dev/urandom", "/dev/zero")


def list_system_folders() -> list[Path]:
    """List the folders of the system's own programs and libraries, or links to them."""
    return [path for path in map(Path, _SYSTEM) if path.exists()]


def list_files() -> list[Path]:
    """List the single files that libraries read."""
    return [path for path in map(Path, _CONFIGURATION) if path.exists()]


def list_own_folders() -> list[Path]:
    """List where this Python, the environment and the host are; none is below another."""
    wanted = {*_list_prefixes(), PACKAGE / "__init__.py", PACKAGE / "host"}
    outer = [path for path in wanted if not wanted.intersection(path.parents)]
    return sorted(path for path in outer if not path.is_relative_to("/usr"))


def list_readable() -> list[str]:
    """List all of it for Landlock, which goes by what links lead to."""
    devices = filter(Path.exists, map(Path, _DEVICES))
    listed = (*list_system_folders(), *list_files(), *list_own_folders(), *devices)
    wanted = {path.resolve() for path in listed}
    return sorted(str(path) for path in wanted if not wanted.intersection(path.parents))


def _list_prefixes() -> Iterator[Path]:
    """Give the environment, the Python that it is made from and each link on the way there."""
    yield Path(sys.prefix)
    yield Path(sys.base_prefix)
    program = Path(sys.executable)
    while program.is_symlink():
        program = Path(os.path.normpath(program.parent / program.readlink()))
        yield program.parent.parent
    yield Path(sys.executable).resolve().parent.parent
