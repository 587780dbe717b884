"""Limits: what a host may take of the machine.

Set in the host itself before a submission is imported; every process it starts inherits them.
What it may reach is set by the cell that a zygote closes around it.
"""

import os
import sys
from pathlib import Path

Limits = dict[str, int]

DEFAULT_LIMITS: Limits = {
    "address_space": 2 * 1024**3,
    "cpu_seconds": 60,
    "file_size": 16 * 1024**2,
    "open_files": 256,
    "processes": 128,
}
"""Bytes, seconds of CPU for one process, bytes a file, descriptors, processes and threads."""


def confine(limits: Limits) -> None:
    """Apply the limits that this platform knows; a lower limit already in force stays.

    A limit that Linux refuses ends the process with a sentence: without it nothing may be graded.
    """
    try:
        import resource
    except ImportError:  # a platform without POSIX limits
        return
    wanted = {
        "RLIMIT_AS": limits["address_space"],
        "RLIMIT_CPU": limits["cpu_seconds"],
        "RLIMIT_FSIZE": limits["file_size"],
        "RLIMIT_NOFILE": limits["open_files"],
        "RLIMIT_NPROC": limits["processes"] + _processes_of_this_user(),
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        number = getattr(resource, name)
        _, hard = resource.getrlimit(number)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(number, (value, value))
        except (ValueError, OSError) as error:
            if sys.platform == "linux":
                raise SystemExit(f"The limit '{name}' cannot be set to {value}: {error}.") from None
            # macOS refuses some, notably the address space


def _processes_of_this_user() -> int:
    """Count the user's tasks: the kernel counts them all, not only those of this host."""
    own = os.getuid()
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            tasks = (process / "task").stat()
        except OSError:  # ended meanwhile
            continue
        if tasks.st_uid == own:
            count += tasks.st_nlink - 2  # a folder has two links and one for each folder in it
    return count
