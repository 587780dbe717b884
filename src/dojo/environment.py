"""The environment `.venv`: made from the lock by role, then left alone while it is current.

A learner's role has what a check needs; a session that needs more adds the packages of its role.
The engine in it comes from the wheel in `engine/`, as handouts have one, or else from its source.
It runs before anything is installed, under the Python that runs nox: it imports the standard
library only, works under any Python that nox does, and knows nothing of katas.
"""

import errno
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

LOCK = "requirements.lock"
ENGINE = "engine"
STAMP = "environment.stamp"
LEARNER = "learner"
"""The role that each environment has: the project's dependencies, and its group of this name."""

AGAIN = "Then run the same command again."

_PINNED = re.compile(r"^(?=[A-Za-z0-9._-]+==)", re.MULTILINE)
_PARENT = re.compile(r"^    # (?:via|  ) *(\S.*)$", re.MULTILINE)
_PROJECT = re.compile(r" \(pyproject\.toml(?::([\w-]+))?\)$")
_NO_NETWORK = re.compile(
    r"\bdns\b|name resolution|resolve host|unreachable|connection|\(connect\)|timed out",
    re.IGNORECASE,
)
_FULL = "No space left on device"
_SIZE = 200
"""MiB that an environment may take."""

_LAST_LINES = 12


class EnvironmentNotMade(Exception):
    """The environment cannot be made; the message says why, and what to do."""


def run(root: Path, program: str, *arguments: str, role: str = LEARNER) -> int:
    """Run a program of the environment, made or renewed if need be; give its exit status.

    `root` is the folder of the lock; the program starts in the current folder. Where the
    environment cannot be made, that is said and the status is 2.
    """
    try:
        ensure(root, role)
    except EnvironmentNotMade as failure:
        print(failure, file=sys.stderr)  # noqa: T201
        return 2
    command = [str(find_program(root, program)), *arguments]
    process = subprocess.Popen(command, env=inherit_variables())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the terminal interrupts the program too: how to end is its own affair


def ensure(root: Path, role: str = LEARNER) -> None:
    """Make the environment, or add what a role needs; do nothing where all of that is there.

    One that is not current, or not finished, is made again, with the roles that it had.
    """
    stamp = root / ".venv" / STAMP
    digest, *made = _read(stamp).decode().split() or [""]
    is_current = digest == compute_digest(root) and _has_programs(root)
    if is_current and role in made:
        return
    roles = sorted({*made, LEARNER, role})
    try:
        with tempfile.TemporaryFile(dir=root):  # asks the disk itself: rights alone do not tell
            _tell(_announce(role, is_current=is_current))
        stamp.unlink(missing_ok=True)
        for title, command in plan_steps(root, roles, anew=not is_current):
            _tell(f"  {title}")
            execute(root, command)
        stamp.write_text(" ".join([compute_digest(root), *roles]), "utf-8")
    except OSError as error:
        raise EnvironmentNotMade(_explain_error(root, error)) from error


def compute_digest(root: Path) -> str:
    """Compute what changes whenever the environment has to be made again.

    That is where it is (its scripts hold absolute paths), what it was made with, the lock, and the
    wheel of the engine, or without one all of `pyproject.toml` above the settings of tools.
    """
    wheel = find_wheel(root)
    project = _read(root / "pyproject.toml").partition(b"\n[tool.")[0]
    engine = _read(wheel) if wheel else project
    made_with = _read(root / ".venv" / "pyvenv.cfg")
    parts = (os.fsencode(root), made_with, _read(root / LOCK), engine)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def plan_steps(
    root: Path, roles: Iterable[str], *, anew: bool = True
) -> Iterator[tuple[str, list[str]]]:
    """Plan the commands that make the environment, or add to it, each after a title for it.

    The packages are written to a file inside the environment, so it has to be there by then.
    """
    if anew:
        yield from _plan_creation(root)
    pins = select_pins(_read(root / LOCK).decode(), roles)
    selection = root / ".venv" / LOCK
    selection.write_text("".join(pins.values()), "utf-8")
    install, compiling = _plan_installer(root)
    requirements = ["--require-hashes", "--requirement", str(selection)]
    yield f"installing {len(pins)} packages", [*install, compiling, *requirements]
    if anew:
        yield from _plan_engine(root)


def _plan_creation(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Create it with uv where present, else with virtualenv; one in which nox runs is kept."""
    uv = find_uv()
    if Path(sys.prefix).resolve() != (root / ".venv").resolve():
        create = [uv, "venv"] if uv else [sys.executable, "-m", "virtualenv"]
        yield "creating it", [*create, "--clear", "--python", choose_python(root), ".venv"]
    elif not uv and not importlib.util.find_spec("pip"):  # uv made it, and is not here any more
        yield "adding pip", [str(find_program(root, "python")), "-m", "ensurepip"]


def _plan_installer(root: Path) -> tuple[list[str], str]:
    """Give the command that installs, and its option that compiles bytecode in any case."""
    uv, python = find_uv(), str(find_program(root, "python"))
    if uv:
        return [uv, "pip", "install", "--python", python], "--compile-bytecode"
    return [python, "-m", "pip", "install"], "--compile"


def _plan_engine(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Install the engine; without a wheel it is built with what the lock has just installed."""
    install, compiling = _plan_installer(root)
    if wheel := find_wheel(root):
        engine = str(wheel.relative_to(root))
        command = [*install, compiling, "--no-deps", "--force-reinstall", engine]
        yield "installing the engine", command
    else:
        build = ["--no-deps", "--no-build-isolation", "--editable", "."]
        yield "installing the engine", [*install, *build]
        python = str(find_program(root, "python"))
        yield "compiling it", [python, "-m", "compileall", "-q", str(Path("src", "dojo"))]


def select_pins(text: str, roles: Iterable[str]) -> dict[str, str]:
    """Select from a lock what the project and the groups of some roles need: name to pin.

    The lock has to name below each pin, as uv does, what depends on it: other packages, the
    project, or a group of the project.
    """
    _, *found = _PINNED.split(text)
    pins: dict[str, str] = {}
    for pin in found:  # one package may have a pin for each range of Pythons
        name = pin.partition("==")[0]
        pins[name] = pins.get(name, "") + pin
    parents = {name: set(_PARENT.findall(pin)) for name, pin in pins.items()}
    wanted = {"", *roles}
    kept = {name for name, given in parents.items() if wanted & _list_groups(given)}
    while more := {name for name in pins if name not in kept and parents[name] & kept}:
        kept |= more
    return {name: pin for name, pin in pins.items() if name in kept}


def _list_groups(parents: Iterable[str]) -> set[str]:
    """List the groups of the project among what depends on a pin; "" stands for the project."""
    return {found[1] or "" for each in parents if (found := _PROJECT.search(each))}


def execute(root: Path, command: list[str]) -> None:
    """Run a command and show a terminal what it says; `EnvironmentNotMade` if it fails."""
    last: deque[str] = deque(maxlen=_LAST_LINES)
    with subprocess.Popen(
        command,
        cwd=root,
        env=inherit_variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last.append(line.rstrip())
            _tell_briefly(line.strip())
    _tell_briefly("")
    if process.returncode:
        raise EnvironmentNotMade(explain(root, command, last))


def explain(root: Path, command: list[str], said: Iterable[str]) -> str:
    """Say why a command failed and what to do, from what it said."""
    lines = list(said)
    text = "\n".join(lines)
    if _FULL in text:
        return _describe_full_disk(root)
    if choose_python(root) in command and choose_python(root) != sys.executable:
        return _describe_missing_python(root)
    if _NO_NETWORK.search(text):
        return (
            "The packages cannot be downloaded: the network does not answer.\n"
            f"{textwrap.indent(lines[-1].strip(), '  ')}\n"
            f"Connect to the network. Behind a proxy, set `HTTPS_PROXY`. {AGAIN}"
        )
    return (
        f"The environment could not be made: `{shlex.join(command)}` failed.\n"
        f"{textwrap.indent(text, '  ')}\nFix the error above. {AGAIN}"
    )


def _explain_error(root: Path, error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return _describe_full_disk(root)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return (
            f"The folder '{root}' is read-only, so '.venv' cannot be made in it."
            f" Copy the folder to a place where you can write. {AGAIN}"
        )
    return f"The environment could not be made: {error}. {AGAIN}"


def _describe_full_disk(root: Path) -> str:
    free = shutil.disk_usage(root).free // 2**20
    return (
        f"The disk is full: '.venv' takes up to {_SIZE} MiB, and {free} MiB are free in '{root}'."
        f" Free some space. {AGAIN}"
    )


def _describe_missing_python(root: Path) -> str:
    (major, oldest), (_, end) = _read_bounds(root)
    *others, newest = (f"{major}.{minor}" for minor in range(oldest, end))
    running = ".".join(map(str, sys.version_info[:2]))
    return (
        f"Python {', '.join(others)} or {newest} is needed. nox runs with Python {running}, and no"
        f" other Python was found.\nInstall Python {newest}, or install uv, which brings its own:"
        f" `python -m pip install uv`. {AGAIN}"
    )


def _announce(role: str, *, is_current: bool) -> str:
    if is_current:
        return f"Adding to '.venv' what the role '{role}' needs. This happens once."
    return "Making the environment in '.venv'. This happens once and can take a minute:"


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def _tell_briefly(line: str) -> None:
    """Show a line in a terminal until the next one comes; in a pipe, show nothing."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line[:70]}", end="", file=sys.stderr, flush=True)  # noqa: T201


def find_wheel(root: Path) -> Path | None:
    """Find the wheel of the engine: handouts have one, the repository has its source."""
    return next((root / ENGINE).glob("*.whl"), None)


def choose_python(root: Path) -> str:
    """Choose the Python that runs nox if the project supports it, else any that it supports."""
    oldest, unsupported = _read_bounds(root)
    supported = oldest <= sys.version_info[:2] < unsupported
    return sys.executable if supported else _read_python_versions(root)


def find_uv() -> str | None:
    """Find uv: the one that started nox, the one installed beside it, or the one on the path."""
    name = os.environ.get("UV", "uv")
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def find_program(root: Path, name: str) -> Path:
    """Give the path of a program of the environment, whether it exists or not."""
    folder = root / ".venv"
    return folder / "Scripts" / f"{name}.exe" if os.name == "nt" else folder / "bin" / name


def inherit_variables() -> dict[str, str]:
    """Give this process's variables but those that keep Python from storing or reading it all.

    Without bytecode each start is slow; without docstrings and `assert` no grader works.
    """
    forbidden = {"PYTHONDONTWRITEBYTECODE", "PYTHONOPTIMIZE"}
    return {name: value for name, value in os.environ.items() if name not in forbidden}


def _read_bounds(root: Path) -> list[tuple[int, int]]:
    """Read the oldest version of Python that is supported, and the next one that is not."""
    found = re.findall(r"(\d+)\.(\d+)", _read_python_versions(root))
    return [(int(major), int(minor)) for major, minor in found]


def _read_python_versions(root: Path) -> str:
    """Read the range of supported versions, like `>=3.11,<3.14`, without a parser for TOML.

    The parser of the standard library is younger than the oldest Python that runs nox.
    """
    wheel = find_wheel(root)
    text = _read_metadata(wheel) if wheel else _read(root / "pyproject.toml")
    line = re.compile(rb'^requires-python(?: = "|: )(>=\d+\.\d+,<\d+\.\d+)', re.M | re.I)
    found = line.search(text)
    assert found, "the project has no requires-python with two bounds"
    return found[1].decode()


def _read_metadata(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        name = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return archive.read(name)


def _has_programs(root: Path) -> bool:
    """Tell whether the programs are there, and Python, which a link names, still installed."""
    return all(find_program(root, name).exists() for name in ("python", "dojo"))


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
