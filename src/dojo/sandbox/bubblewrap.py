"""Bubblewrap: the commands that put a worker and its zygote into namespaces of their own.

A worker shares the machine but for one folder, which is a small disk in memory where that can be.
Its zygote sees that folder, the libraries, no other process and no network but its own loopback.
"""

import functools
import os
import shutil
import subprocess
from pathlib import Path

from .visible import list_files, list_own_folders, list_system_folders

_YARD_BYTES = 64 * 1024 * 1024
"""All that a submission can write, together with the submission itself."""


class NoBubblewrap(Exception):
    """The program is not installed."""


def find_program() -> str:
    """Give the path of `bwrap`."""
    program = shutil.which("bwrap")
    if program is None:
        raise NoBubblewrap("The program `bwrap` is not installed.")
    return program


def wrap_worker(yard: Path) -> list[str]:
    """Give the command that runs another one with `yard` as a small disk of its own.

    It is empty where no namespace can be made inside of another: the zygote's matters more.
    """
    if not can_nest():
        return []
    command = [find_program(), "--dev-bind", "/", "/"]
    command += ["--size", str(_YARD_BYTES), "--tmpfs", str(yard)]
    return [*command, "--"]


@functools.cache
def can_nest() -> bool:
    """Tell whether a command in namespaces can make some itself; AppArmor may forbid it."""
    share = [find_program(), "--dev-bind", "/", "/"]
    command = [*share, "--", *share, *_list_namespaces(), "--", "/bin/true"]
    return subprocess.run(command, capture_output=True).returncode == 0


def wrap_zygote(yard: Path) -> list[str]:
    """Give the command that runs a zygote where only it, the libraries and `yard` are."""
    command = [find_program(), *_list_namespaces(), "--as-pid-1", "--die-with-parent"]
    command += ["--new-session", "--hostname", "dojo", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        command += ["--cap-add", "CAP_SETUID"]  # the zygote gives it up itself
    for path in list_system_folders():
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), str(path)]
        else:
            command += ["--ro-bind", str(path), str(path)]
    for path in (*list_files(), *list_own_folders()):
        command += ["--ro-bind", str(path), str(path)]
    command += ["--dev", "/dev", "--bind", str(yard), str(yard)]
    return [*command, "--remount-ro", "/dev", "--remount-ro", "/", "--"]


def _list_namespaces() -> list[str]:
    """Unshare everything; root needs no namespace of users, in which its limits would not hold."""
    names = ["ipc", "pid", "net", "uts", "cgroup-try"]
    command = [f"--unshare-{name}" for name in names]
    return command if os.geteuid() == 0 else [*command, "--unshare-user"]
