"""Advice: what to install or to set so that this machine gives a stricter mode."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from .modes import Mode
from .trust import Examination

_RESTRICTED = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_MOST_NAMESPACES = Path("/proc/sys/user/max_user_namespaces")


def advise(examination: Examination) -> Iterator[str]:
    """Give sentences that may help a mode that does not hold; none for one that does."""
    if examination.holds:
        return
    if sys.platform != "linux":
        yield "Only Linux can confine submissions: use WSL2, a virtual machine or a container."
        return
    if "No module named" in examination.problem:
        yield "Packages are missing: install the project with its extra `instructor`."
    yield from _advise_full() if examination.mode is Mode.FULL else _advise_no_bwrap()


def _advise_full() -> Iterator[str]:
    if shutil.which("bwrap") is None:
        yield "Install bubblewrap, for example with `sudo apt-get install bubblewrap`."
        return
    if _read(_RESTRICTED) == "1":
        yield (
            "AppArmor keeps `bwrap` from making namespaces. Allow it with a profile for `bwrap`, or"
            " with `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`."
        )
    if _read(_MOST_NAMESPACES) == "0":
        yield "Namespaces are switched off. Try `sudo sysctl user.max_user_namespaces=10000`."
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        yield (
            "This looks like a container: most forbid new namespaces. Run on the machine itself, or"
            " make do with `no-bwrap`."
        )


def _advise_no_bwrap() -> Iterator[str]:
    yield (
        "Landlock must be in the kernel (Linux 6.7 or later) and among those that `lsm=` names when"
        " it boots; the processor must be an x86-64 or an ARM64."
    )


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
