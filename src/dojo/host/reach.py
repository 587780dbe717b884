"""Reach: which files and ports a process can get at, by Landlock; everything else is closed to it.

Landlock does not hide that a file exists, nor does it look at a file's owner, mode and times.
"""

import os
from collections.abc import Sequence

from landlockpy import AccessFS, AccessNet, Ruleset, Scope, abi_version

SCOPING_VERSION = 6
"""The version of Landlock from which on it keeps signals in."""

_READ_FILE = AccessFS.READ_FILE
_READ = AccessFS.READ_FILE | AccessFS.READ_DIR
_WRITE_FILE = AccessFS.READ_FILE | AccessFS.WRITE_FILE | AccessFS.TRUNCATE
_WRITE = (
    _READ
    | _WRITE_FILE
    | AccessFS.MAKE_REG
    | AccessFS.MAKE_DIR
    | AccessFS.MAKE_SYM
    | AccessFS.REMOVE_FILE
    | AccessFS.REMOVE_DIR
    | AccessFS.REFER
)


def read_version() -> int:
    """Give the version of Landlock that the kernel has; 0 if it has none."""
    return abi_version()


def restrict(readable: Sequence[str], writable: Sequence[str], ports: Sequence[int]) -> None:
    """Leave this thread, and what it starts, the files and folders named and TCP ports to call.

    Signals and abstract sockets reach nothing outside, where the kernel knows how.
    """
    with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as ruleset:
        for path in readable:
            ruleset.allow_path(path, _READ if os.path.isdir(path) else _READ_FILE)  # noqa: PTH112
        for path in writable:
            ruleset.allow_path(path, _WRITE)
        ruleset.allow_path(os.devnull, _WRITE_FILE)
        for port in ports:
            ruleset.allow_port(port, AccessNet.CONNECT_TCP)
        ruleset.restrict()
