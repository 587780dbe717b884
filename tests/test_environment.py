"""The environment is made once from the lock, by role, whole or not at all, with uv or with pip."""

import errno
import importlib.util
import os
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import flit_core
import pytest

from dojo import environment
from dojo.environment import (
    EnvironmentNotMade,
    ensure,
    explain,
    find_program,
    find_uv,
    plan_steps,
    run,
    select_pins,
)

PROJECT = """\
[build-system]
requires = []
build-backend = "flit_core.buildapi"
backend-path = ["."]

[project]
name = "small"
version = "1"
description = "A project with one command."
requires-python = ">=3.11,<3.14"

[project.scripts]
dojo = "dojo:main"

[tool.flit.module]
name = "dojo"
"""

PROGRAM = '''\
"""Say how Python was started, and leave with the status that is asked for."""
import sys

def main():
    print("stores bytecode:", not sys.dont_write_bytecode)
    sys.exit(int(sys.argv[1]))
'''

WHEEL = {
    "dojo/__init__.py": PROGRAM,
    "small-1.dist-info/entry_points.txt": "[console_scripts]\ndojo=dojo:main\n",
    "small-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "small-1.dist-info/METADATA": (
        "Metadata-Version: 2.1\nName: small\nVersion: 1\nRequires-Python: >=3.11,<3.14\n"
    ),
    "small-1.dist-info/RECORD": "",
}

INSTALLERS = {"pip": None} | ({"uv": uv} if (uv := find_uv()) else {})
"""What environments are really made with on this machine; None stands for pip."""


LOCK = """\
# written by a program
app==1 \\
    --hash=sha256:aa
    # via project (pyproject.toml)
build==4 \\
    --hash=sha256:bb
    # via project (pyproject.toml:learner)
lib==2 \\
    --hash=sha256:cc \\
    --hash=sha256:dd
    # via
    #   app
    #   tool
lint==5
    # via tool
deep==6 ; sys_platform == 'win32' \\
    --hash=sha256:ee
    # via lib
tool==3 \\
    --hash=sha256:ff
    # via
    #   project (pyproject.toml:author)
    #   project (pyproject.toml:site)
"""


class Commands:
    """A stand-in for running commands: it keeps them and what they left behind."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.seen: list[list[str]] = []
        self.failing: BaseException | None = None

    def execute(self, root: Path, command: list[str]) -> None:
        """Make an empty environment where one is created; fail at the packages if told to."""
        assert root == self.root
        self.seen.append(command)
        if "venv" in command or "virtualenv" in command:
            write_environment(self.root)
        if "--require-hashes" in command and self.failing is not None:
            raise self.failing


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder with a small project, its lock and no environment."""
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    (tmp_path / "requirements.lock").write_text("# nothing\n", "utf-8")
    package = tmp_path / "src" / "dojo"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(PROGRAM, "utf-8")
    return tmp_path


@pytest.fixture
def handout(tmp_path: Path) -> Path:
    """Give a folder with a wheel of the same project, its lock and no environment."""
    (tmp_path / "requirements.lock").write_text("# nothing\n", "utf-8")
    (tmp_path / "engine").mkdir()
    write_wheel(tmp_path / "engine" / "small-1-py3-none-any.whl", PROGRAM)
    return tmp_path


@pytest.fixture
def commands(root: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Keep the commands that would make the environment instead of running them."""
    commands = Commands(root)
    monkeypatch.setattr(environment, "execute", commands.execute)
    return commands


def test_current_environment_is_left_alone(root: Path, commands: Commands) -> None:
    """When nothing changed since it was made no command runs."""
    ensure(root)
    commands.seen.clear()

    ensure(root)

    assert commands.seen == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("requirements.lock", "nothing", "something"),
        ("pyproject.toml", "dojo:main", "dojo:other"),
        (".venv/pyvenv.cfg", "3.11.7", "3.12.1"),
    ],
)
def test_changed_source_renews_environment(
    root: Path, commands: Commands, name: str, old: str, new: str
) -> None:
    """Another lock, another description of the project or another Python make it anew."""
    ensure(root)
    commands.seen.clear()
    replace(root / name, old, new)

    ensure(root)

    assert len(commands.seen) == 4


def test_tool_settings_leave_environment_alone(root: Path, commands: Commands) -> None:
    """The settings of tools in `pyproject.toml` are none of the environment's business."""
    ensure(root)
    commands.seen.clear()
    replace(root / "pyproject.toml", 'name = "dojo"\n', 'name = "other"\n')

    ensure(root)

    assert commands.seen == []


def test_other_wheel_renews_environment(handout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the engine is a wheel, another one makes the environment anew."""
    commands = Commands(handout)
    monkeypatch.setattr(environment, "execute", commands.execute)
    ensure(handout)
    ensure(handout)
    first = len(commands.seen)
    commands.seen.clear()
    write_wheel(handout / "engine" / "small-1-py3-none-any.whl", f"{PROGRAM}# mended\n")

    ensure(handout)

    assert (first, len(commands.seen)) == (3, 3)


def test_moved_environment_is_made_again(root: Path, commands: Commands) -> None:
    """Its scripts hold the path at which it was made, so it does not survive a move."""
    ensure(root)
    commands.seen.clear()
    commands.root = root.rename(root.with_name("elsewhere"))

    ensure(commands.root)

    assert len(commands.seen) == 4


@pytest.mark.parametrize("name", ["python", "dojo"])
def test_vanished_program_renews_environment(root: Path, commands: Commands, name: str) -> None:
    """An environment whose Python was uninstalled, or that was emptied, is made again."""
    ensure(root)
    commands.seen.clear()
    find_program(root, name).unlink()

    ensure(root)

    assert len(commands.seen) == 4


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), SystemExit()])
def test_interrupted_creation_starts_again(
    root: Path, commands: Commands, interruption: BaseException
) -> None:
    """An environment that was left half-made is made from the beginning, not trusted."""
    ensure(root)
    replace(root / "requirements.lock", "nothing", "something")
    commands.seen.clear()
    commands.failing = interruption
    with pytest.raises(type(interruption)):
        ensure(root)
    replace(root / "requirements.lock", "something", "nothing")
    commands.seen.clear()
    commands.failing = None

    ensure(root)

    assert len(commands.seen) == 4


def test_failed_creation_leaves_no_stamp(root: Path, commands: Commands) -> None:
    """Nothing runs after a command that failed, and the next call begins again."""
    commands.failing = EnvironmentNotMade("no")

    with pytest.raises(EnvironmentNotMade):
        ensure(root)

    assert len(commands.seen) == 2
    assert not (root / ".venv" / environment.STAMP).exists()


def test_role_is_added_once(root: Path, commands: Commands) -> None:
    """What another role needs comes into the same environment, which stays what it was."""
    (root / "requirements.lock").write_text(LOCK, "utf-8")
    ensure(root)
    commands.seen.clear()

    ensure(root, "author")
    ensure(root, "author")
    ensure(root)

    (install,) = commands.seen
    chosen = Path(install[-1]).read_text("utf-8")
    assert "--require-hashes" in install
    assert "tool==3" in chosen
    assert "app==1" in chosen


def test_renewal_keeps_roles(root: Path, commands: Commands) -> None:
    """A new lock takes nothing away from somebody who had the tools of authors."""
    (root / "requirements.lock").write_text(LOCK, "utf-8")
    ensure(root, "author")
    replace(root / "requirements.lock", "tool==3", "tool==4")
    ensure(root)
    commands.seen.clear()

    ensure(root, "author")

    assert commands.seen == []


@pytest.mark.parametrize(
    ("roles", "names"),
    [
        ((), ["app", "lib", "deep"]),
        (("learner",), ["app", "build", "lib", "deep"]),
        (("site",), ["app", "lib", "lint", "deep", "tool"]),
    ],
)
def test_role_selects_its_pins(roles: tuple[str, ...], names: list[str]) -> None:
    """A pin stays with its hashes where something of the role needs it, at any depth."""
    pins = select_pins(LOCK, roles)

    assert list(pins) == names
    assert pins["deep"].startswith("deep==6 ; sys_platform == 'win32' \\\n    --hash=sha256:ee\n")


def test_each_python_keeps_its_pin() -> None:
    """A package that has other versions for other Pythons is pinned for all of them."""
    hashes = "\\\n    --hash=sha256:aa\n    # via fastapi-katas (pyproject.toml)\n"
    lock = (
        f"numpy==2.4 ; python_full_version < '3.12' {hashes}"
        f"numpy==2.5 ; python_full_version >= '3.12' {hashes}"
    )

    assert select_pins(lock, [])["numpy"] == lock


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (["error: Failed to fetch", "  Caused by: dns error"], "The packages cannot be downloaded"),
        (["ERROR: [Errno 28] No space left on device"], "The disk is full"),
        (
            ["error: hash mismatch"],
            r"The environment could not be made: .+ failed\.\n  error: hash mismatch\nFix the err",
        ),
    ],
)
def test_failure_says_what_to_do(root: Path, said: list[str], reason: str) -> None:
    """The reason is named where it is known; else what failed is shown."""
    text = explain(root, ["uv", "pip"], said)

    assert re.match(reason, text)
    assert text.endswith("Then run the same command again.")


def test_missing_python_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the Python that runs nox is too new and no other is found, the right ones are named."""
    monkeypatch.setattr(sys, "version_info", (3, 14))
    create = list_commands(root)[0]

    text = explain(root, create, ["error: No interpreter found"])

    assert text.startswith("Python 3.11, 3.12 or 3.13 is needed. nox runs with Python 3.14")


@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.EROFS, "is read-only"), (errno.EACCES, "is read-only"), (errno.ENOSPC, "disk is full")],
)
def test_unwritable_folder_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    """Where nothing can be written nothing is tried, and the sentence says why."""

    def refuse(**_: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)

    with pytest.raises(EnvironmentNotMade, match=reason):
        ensure(root)


@pytest.mark.skipif(os.name == "nt", reason="a program for a POSIX shell")
def test_failing_program_is_quoted(root: Path) -> None:
    """What a command said before it failed is in the message."""
    with pytest.raises(EnvironmentNotMade, match="  one\n  two\n"):
        environment.execute(root, ["sh", "-c", "echo one; echo two >&2; exit 1"])


def test_uv_is_used_where_present(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """uv creates, installs by hash and compiles; the project is built with what is locked."""
    monkeypatch.setattr(environment, "find_uv", lambda: "uv")
    create, install, link, _ = list_commands(root)

    assert create[:2] == ["uv", "venv"]
    assert install[:3] == link[:3] == ["uv", "pip", "install"]
    assert {"--compile-bytecode", "--require-hashes"} <= set(install)
    assert {"--no-deps", "--no-build-isolation"} <= set(link)


def test_pip_is_used_without_uv(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """virtualenv creates, and the new environment's own pip installs by hash and compiles."""
    monkeypatch.setattr(environment, "find_uv", lambda: None)
    create, install, link, _ = list_commands(root)

    python = str(find_program(root, "python"))
    assert create[:3] == [sys.executable, "-m", "virtualenv"]
    assert install[:4] == link[:4] == [python, "-m", "pip", "install"]
    assert {"--compile", "--require-hashes"} <= set(install)
    assert {"--no-deps", "--no-build-isolation"} <= set(link)


@pytest.mark.parametrize(
    ("version", "chosen"),
    [((3, 10), ">=3.11,<3.14"), ((3, 11), sys.executable), ((3, 14), ">=3.11,<3.14")],
)
def test_python_is_one_that_project_supports(
    root: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int], chosen: str
) -> None:
    """The Python that runs nox is used if the project supports it, else another is looked for."""
    monkeypatch.setattr(sys, "version_info", version)

    create = list_commands(root)[0]

    assert create[create.index("--python") + 1] == chosen


def test_wheel_says_which_python(handout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handout has no `pyproject.toml`: what the project supports is in the wheel."""
    monkeypatch.setattr(sys, "version_info", (3, 14))

    create = list_commands(handout)[0]

    assert create[create.index("--python") + 1] == ">=3.11,<3.14"


def test_environment_of_nox_is_not_cleared(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nox was installed into `.venv` itself, packages are added and nothing is removed."""
    monkeypatch.setattr(sys, "prefix", str(root / ".venv"))

    assert not any("--clear" in command for command in list_commands(root))


def test_missing_pip_is_brought_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that a uv made which is gone gets the pip that comes with Python."""
    monkeypatch.setattr(sys, "prefix", str(root / ".venv"))
    monkeypatch.setattr(environment, "find_uv", lambda: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    bring, install, *_ = list_commands(root)

    assert bring == [str(find_program(root, "python")), "-m", "ensurepip"]
    assert install[2:4] == ["pip", "install"]


def test_uv_beside_python_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The uv that was installed together with nox is preferred to the one on the path."""
    beside, on_path = (write_program(tmp_path / name / "uv") for name in ("beside", "path"))
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert find_uv() == str(on_path)

    monkeypatch.setattr(sys, "executable", str(beside.with_name("python")))

    assert find_uv() == str(beside)


@pytest.mark.parametrize("uv", INSTALLERS.values(), ids=INSTALLERS)
def test_real_creation_yields_working_program(
    root: Path, uv: str | None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A program of a new environment runs, stores bytecode and passes its status on."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(environment, "find_uv", lambda: uv)
    shutil.copytree(Path(flit_core.__file__).parent, root / "flit_core")

    status = run(root, "dojo", "3")

    assert status == 3
    assert capfd.readouterr().out == "stores bytecode: True\n"
    assert list((root / "src").rglob("*.pyc"))


@pytest.mark.parametrize("uv", INSTALLERS.values(), ids=INSTALLERS)
def test_wheel_is_installed_without_build(
    handout: Path,
    uv: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """From a wheel the same program comes without a build tool, and with its bytecode."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(environment, "find_uv", lambda: uv)

    status = run(handout, "dojo", "3")

    assert status == 3
    assert capfd.readouterr().out == "stores bytecode: True\n"
    assert list((handout / ".venv").rglob("dojo/__pycache__/*.pyc"))


def test_failure_is_told(
    root: Path, commands: Commands, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the environment cannot be made nothing is run, and the caller reads why."""
    commands.failing = EnvironmentNotMade("It cannot be made.")

    status = run(root, "dojo")

    assert status == 2
    assert "It cannot be made." in capsys.readouterr().err


def list_commands(root: Path) -> list[list[str]]:
    """List the commands that make the environment for a learner."""
    (root / ".venv").mkdir(exist_ok=True)
    return [command for _, command in plan_steps(root, [environment.LEARNER])]


def write_wheel(path: Path, program: str) -> None:
    """Write a wheel with one module, which is a program."""
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in {**WHEEL, "dojo/__init__.py": program}.items():
            wheel.writestr(name, text)


def write_environment(root: Path) -> None:
    """Write what an environment that was made holds, as far as its stamp is concerned."""
    for name in ("python", "dojo"):
        write_program(find_program(root, name))
    (root / ".venv" / "pyvenv.cfg").write_text("version = 3.11.7\n", "utf-8")


def write_program(path: Path) -> Path:
    """Write a file that can be executed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", "utf-8")
    path.chmod(0o755)
    return path


def replace(path: Path, old: str, new: str) -> None:
    """Replace a text in a file that holds it."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
