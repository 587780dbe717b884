"""The sandbox: how strictly a submission is kept apart from the machine that grades it.

A profile says what it promises; whether this machine keeps the promise is tried, never believed.

For whoever checks on their own machine it is remembered whether `no-bwrap` holds here: the probes
take a second, so what they found is kept in the environment that they tried. A memory that cannot
be read, or is about anything else than what is here now, is none; one that cannot be written only
means that the next check probes again. A lie in it gives nobody more than they have: what cannot be
closed is refused when it is closed.
"""

import contextlib
import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..harness.failures import GraderFault
from ..model.errors import UsageError


class Mode(StrEnum):
    """How a submission is isolated; a report says which of them was really used."""

    FULL = "full"
    NO_BWRAP = "no-bwrap"
    BASIC = "basic"

    @property
    def is_for_strangers(self) -> bool:
        """Tell whether code that nobody vouches for may run in it."""
        return self is not Mode.BASIC


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


_RUNS_BYTES = 64 * 1024 * 1024
"""All that a submission can write, together with the submission itself."""


class NoBubblewrap(Exception):
    """The program is not installed."""


def find_program() -> str:
    """Give the path of `bwrap`."""
    program = shutil.which("bwrap")
    if program is None:
        raise NoBubblewrap("The program `bwrap` is not installed.")
    return program


def wrap_worker_in_bubblewrap(runs_folder: Path) -> list[str]:
    """Give the command that runs another one with `runs_folder` as a small disk of its own.

    It is empty where no namespace can be made inside of another: the fork server's matters more.
    """
    if not can_nest():
        return []
    command = [find_program(), "--dev-bind", "/", "/"]
    command += ["--die-with-parent", "--size", str(_RUNS_BYTES), "--tmpfs", str(runs_folder)]
    return [*command, "--"]


@functools.cache
def can_nest() -> bool:
    """Tell whether a command in namespaces can make some itself; AppArmor may forbid it."""
    share = [find_program(), "--dev-bind", "/", "/"]
    command = [*share, "--", *share, *_list_namespaces(), "--", "/bin/true"]
    return subprocess.run(command, capture_output=True).returncode == 0


def wrap_fork_server_in_bubblewrap(runs_folder: Path) -> list[str]:
    """Give the command that runs a fork server with the libraries and `runs_folder` alone."""
    command = [find_program(), *_list_namespaces(), "--as-pid-1", "--die-with-parent"]
    command += ["--new-session", "--hostname", "dojo", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        command += ["--cap-add", "CAP_SETUID"]  # the fork server gives it up itself
    for path in list_system_folders():
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), str(path)]
        else:
            command += ["--ro-bind", str(path), str(path)]
    for path in (*list_files(), *list_own_folders()):
        command += ["--ro-bind", str(path), str(path)]
    command += ["--dev", "/dev", "--bind", str(runs_folder), str(runs_folder)]
    return [*command, "--remount-ro", "/dev", "--remount-ro", "/", "--"]


def _list_namespaces() -> list[str]:
    """Unshare everything; root needs no namespace of users, in which its limits would not hold."""
    names = ["ipc", "pid", "net", "uts", "cgroup-try"]
    command = [f"--unshare-{name}" for name in names]
    return command if os.geteuid() == 0 else [*command, "--unshare-user"]


_FIRST_USER = 1_900_000_000
"""Real users of hosts that root starts: each has a number, and so a count of processes, alone."""


def make_confinement_request(
    mode: Mode, listeners: int, ports: Sequence[int] = ()
) -> dict[str, Any]:
    """Make the first frame for a fork server, which is to make so many listening sockets.

    To `ports` of 127.0.0.1 a submission may connect besides, where it has no network of its own.
    """
    if mode is Mode.BASIC:
        return {"closed": False}
    return {
        "closed": True,
        "apart": mode is Mode.FULL,
        "listeners": listeners,
        "ports": list(ports),
        "readable": list_readable(),
        "real_user": _FIRST_USER + os.getpid(),
    }


def wrap_worker(mode: Mode, runs_folder: Path) -> Sequence[str]:
    """Give the command that runs a worker whose runs all are in the folder `runs_folder`."""
    return wrap_worker_in_bubblewrap(runs_folder) if mode is Mode.FULL else ()


def wrap_fork_server(mode: Mode, runs_folder: Path) -> Sequence[str]:
    """Give the command that runs a fork server for runs in the folder `runs_folder`."""
    return wrap_fork_server_in_bubblewrap(runs_folder) if mode is Mode.FULL else ()


_LONGEST = 60.0

UNPROMISED = frozenset({"fill_disk"})
"""What no mode promises to prevent; `full` does where namespaces can be made in namespaces."""


class NoMode(UsageError):
    """A mode was asked for that this machine does not give; the message says what to do."""


@dataclass(frozen=True)
class Examination:
    """What was tried in a mode: each attack with what it could do, or the problem before that."""

    mode: Mode
    found: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    finished: bool = True
    """Whether the probes ended by themselves, so that another time they would find the same."""

    @property
    def leaks(self) -> dict[str, str]:
        """Give what was not prevented although the mode promises it."""
        if self.mode is Mode.BASIC:
            return {}
        return {
            attack: did for attack, did in self.found.items() if did and attack not in UNPROMISED
        }

    @property
    def holds(self) -> bool:
        """Tell whether the machine gives the mode."""
        return not self.problem and not self.leaks


@functools.cache
def examine(mode: Mode) -> Examination:
    """Try the attacks in a mode."""
    with tempfile.TemporaryDirectory(prefix="dojo-", ignore_cleanup_errors=True) as name:
        runs_folder = str(Path(name).resolve())
        try:
            inside = wrap_worker(mode, Path(runs_folder))
        except NoBubblewrap as error:
            return Examination(mode, problem=str(error))
        command = [
            *inside,
            sys.executable,
            "-I",
            "-m",
            "dojo.runner.sandbox_probe",
            mode,
            runs_folder,
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_LONGEST, text=True)
        except (OSError, subprocess.TimeoutExpired) as error:
            return Examination(mode, problem=str(error), finished=False)
    try:
        examination = Examination(mode, **json.loads(done.stdout))
    except ValueError:
        examination = Examination(mode, problem=done.stderr.strip() or "The probes ended early.")
    return replace(examination, problem=examination.problem.rpartition("\n")[2])


def choose_mode(wanted: Mode | None = None) -> Mode:
    """Give the strictest mode whose probes hold on this machine; `NoMode` if `wanted` does not."""
    for mode in Mode if wanted is None else [wanted]:
        if mode is Mode.BASIC or examine(mode).holds:
            return mode
    raise NoMode(
        f"Isolation '{wanted}' does not hold on this machine. Run `nox -s doctor` to see why."
    )


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
        yield "Packages are missing. Remove '.venv': the next `nox -s doctor` makes it again."
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
            "This looks like a container. Most containers forbid new namespaces. "
            "Run on the machine itself, or use `no-bwrap`."
        )


def _advise_no_bwrap() -> Iterator[str]:
    yield (
        "Landlock must be in the kernel (Linux 6.7 or later) and among those that `lsm=` names when"
        " it boots; the processor must be an x86-64 or an ARM64."
    )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


MEMORY = Path(sys.prefix) / "isolation.json"

PUBLIC = frozenset({"read_grader"})
"""What one's own work may do: where the engine comes as a wheel, it lies among the libraries."""

CODE = (
    *("host/confinement.py", "host/restrictions.py"),
    *("runner/sandbox.py", "runner/sandbox_attacks.py", "runner/sandbox_probe.py"),
)
_PACKAGES = ("landlockpy", "seccompy")
_BOOT = Path("/proc/cmdline")
_STATUS = Path("/proc/self/status")
_RIGHTS = ("CapEff", "NoNewPrivs", "Seccomp")


def choose_own_mode() -> Mode:
    """Give the best mode that needs no installation: `no-bwrap` if it holds, else `basic`."""
    if sys.platform != "linux":
        return Mode.BASIC
    here = list(describe_machine())
    holds = recall(here)
    if holds is None:
        examination = examine(Mode.NO_BWRAP)
        if not _holds(examination):  # perhaps because the machine was busy
            examination = examine(Mode.NO_BWRAP)
        holds = _holds(examination)
        if examination.finished:
            remember(here, holds)
    return Mode.NO_BWRAP if holds else Mode.BASIC


def _holds(examination: Examination) -> bool:
    return not examination.problem and PUBLIC.issuperset(examination.leaks)


@contextlib.contextmanager
def open_own_mode() -> Iterator[Mode]:
    """Give that mode; after a fault, which may mean that it holds no more, have it tried again."""
    try:
        yield choose_own_mode()
    except GraderFault:
        forget()
        raise


def describe_machine() -> Iterator[str]:
    """Name what decides: kernel, how it was started, our rights, the packages and this code."""
    yield " ".join(os.uname())
    yield _read(_BOOT)
    yield " ".join(each for each in _read(_STATUS).splitlines() if each.startswith(_RIGHTS))
    yield str(os.geteuid())
    yield " ".join(map(_describe_file, (*(PACKAGE / part for part in CODE), *_find_packages())))


def recall(here: list[str]) -> bool | None:
    """Give whether the mode holds on the machine described, or `None` if that is not known."""
    try:
        memory = json.loads(MEMORY.read_bytes())
        return bool(memory["holds"]) if memory["machine"] == here else None
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return None


def remember(here: list[str], holds: bool) -> None:
    """Keep what was found, where that is possible."""
    from ..model.files import write

    with contextlib.suppress(OSError):
        write(MEMORY, json.dumps({"machine": here, "holds": holds}))


def forget() -> None:
    """Have the next check probe again."""
    with contextlib.suppress(OSError):
        MEMORY.unlink()


def _find_packages() -> Iterator[Path]:
    """Give the file of each package that says its version."""
    for name in _PACKAGES:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            yield Path(found.origin)


def _describe_file(path: Path) -> str:
    state = path.stat()
    return f"{state.st_size}-{state.st_mtime_ns}"
