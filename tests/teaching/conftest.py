"""What is given away, made once, and an interpreter that runs the engine found in it."""

import compileall
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dojo.environment import find_wheel
from dojo.model.catalogue import Catalogue
from dojo.model.file_trees import write_files
from dojo.teaching.handouts import make_handout
from dojo.teaching.public_criteria import choose_public

ROOT = Path(__file__).parents[2]
Ended = subprocess.CompletedProcess[str]
Handout = Callable[..., Ended]


def make_environment(root: Path, engine: Path) -> Path:
    """Make a `.venv` that has this one's packages, but the engine in the wheel, unpacked there."""
    wheel = find_wheel(root)
    assert wheel is not None
    zipfile.ZipFile(wheel).extractall(engine)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / ".venv"], check=True)
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    packages = next((root / ".venv").glob("lib/python*/site-packages"))
    (packages / "dojo.pth").write_text("\n".join([str(engine), *libraries]), "utf-8")
    python = root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(sys.executable)  # so that a sandbox sees whose packages these are
    return python


def run(*command: str | Path, cwd: Path, **variables: str) -> Ended:
    """Run a program to its end and keep what it writes."""
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def handout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a handout of all katas that name public criteria, moved to where it was not written."""
    folder = tmp_path_factory.mktemp("handout")
    katas = [kata for kata in Catalogue(ROOT).katas if kata.file.public]
    write_files(make_handout(ROOT, "Cohort A", choose_public(katas, ())), folder / "written")
    return (folder / "written").rename(folder / "moved here")


@pytest.fixture(scope="session")
def call(handout: Path) -> Handout:
    """Give a function that runs a command of the handout with the engine in it."""
    engine = handout / ".venv" / "engine"
    python = make_environment(handout, engine)
    compileall.compile_dir(engine, quiet=1)  # each process of a check would do so anew
    return lambda *arguments: run(python, "-m", "dojo", *arguments, cwd=handout)
