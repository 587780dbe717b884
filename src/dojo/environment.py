"""The environment `.venv`: made once from the lock, then left alone for as long as it is current.

The engine in it comes from the wheel in `engine/`, as handouts have one, or else from its source.
It runs before anything is installed, under the Python that runs nox: it imports the standard
library only, works under any Python that nox does, and knows nothing of katas.
"""

import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

LOCK = "requirements.lock"
ENGINE = "engine"
STAMP = "environment.stamp"

_NOTICE = "Making the environment in '.venv', this once. It can take a minute."


class EnvironmentNotMade(Exception):
    """A command that makes the environment failed; the message says what to do."""


def run(root: Path, program: str, *arguments: str) -> int:
    """Run a program of the environment, made or renewed if need be; give its exit status.

    `root` is the folder of the lock. Where it cannot be made, that is said and the status is 2.
    """
    try:
        ensure(root)
    except EnvironmentNotMade as failure:
        print(failure, file=sys.stderr)  # noqa: T201
        return 2
    command = [str(find_program(root, program)), *arguments]
    process = subprocess.Popen(command, cwd=root, env=inherit_variables())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the terminal interrupts the program too: how to end is its own affair


def ensure(root: Path) -> None:
    """Make the environment unless it is current; an unfinished one is made again."""
    stamp = root / ".venv" / STAMP
    if _read(stamp) == compute_digest(root).encode() and _has_programs(root):
        return
    print(_NOTICE, file=sys.stderr)  # noqa: T201
    stamp.unlink(missing_ok=True)
    for command in plan_commands(root):
        if subprocess.run(command, cwd=root, env=inherit_variables(), check=False).returncode:
            raise EnvironmentNotMade(
                f"The environment could not be made: `{shlex.join(command)}` failed. It needs"
                f" Python {_read_python_versions(root)} and the network. Fix the error above,"
                " then run the same command again."
            )
    stamp.write_text(compute_digest(root), "utf-8")


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


def plan_commands(root: Path) -> Iterator[list[str]]:
    """Plan the commands that make the environment: with uv where present, else virtualenv and pip.

    Both compile bytecode whatever `PYTHONDONTWRITEBYTECODE` says. Without a wheel the project is
    built with what the lock has just installed. An environment in which nox runs is not cleared.
    """
    uv = find_uv()
    python = str(find_program(root, "python"))
    if Path(sys.prefix).resolve() != (root / ".venv").resolve():
        create = [uv, "venv"] if uv else [sys.executable, "-m", "virtualenv"]
        yield [*create, "--quiet", "--clear", "--python", choose_python(root), ".venv"]
    elif not uv and not importlib.util.find_spec("pip"):  # uv made it, and is not here any more
        yield [python, "-m", "ensurepip"]
    pip = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    compiling = "--compile-bytecode" if uv else "--compile"
    yield [*pip, "--quiet", compiling, "--require-hashes", "--requirement", LOCK]
    if wheel := find_wheel(root):
        engine = str(wheel.relative_to(root))
        yield [*pip, "--quiet", compiling, "--no-deps", "--force-reinstall", engine]
    else:
        yield [*pip, "--quiet", "--no-deps", "--no-build-isolation", "--editable", "."]
        yield [python, "-m", "compileall", "-q", str(Path("src", "dojo"))]


def find_wheel(root: Path) -> Path | None:
    """Find the wheel of the engine: handouts have one, the repository has its source."""
    return next((root / ENGINE).glob("*.whl"), None)


def choose_python(root: Path) -> str:
    """Choose the Python that runs nox if the project supports it, else any that it supports."""
    versions = _read_python_versions(root)
    oldest, unsupported = [
        (int(major), int(minor)) for major, minor in re.findall(r"(\d+)\.(\d+)", versions)
    ]
    return sys.executable if oldest <= sys.version_info[:2] < unsupported else versions


def find_uv() -> str | None:
    """Find uv: the one that started nox, the one installed beside it, or the one on the path."""
    name = os.environ.get("UV", "uv")
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def find_program(root: Path, name: str) -> Path:
    """Give the path of a program of the environment, whether it exists or not."""
    folder = root / ".venv"
    return folder / "Scripts" / f"{name}.exe" if os.name == "nt" else folder / "bin" / name


def inherit_variables() -> dict[str, str]:
    """Give this process's variables but the one that keeps Python from storing bytecode."""
    forbidden = "PYTHONDONTWRITEBYTECODE"
    return {name: value for name, value in os.environ.items() if name != forbidden}


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
