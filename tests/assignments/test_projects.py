"""What is installed for the engine is what it needs, and no tool of its authors."""

import tomllib

from dojo.assignments.projects import read_project, reduce_lock, reduce_project

from .conftest import ROOT

LOCK = """\
# written by a program
app==1 \\
    --hash=sha256:aa
    # via project (pyproject.toml)
flit-core==4 \\
    --hash=sha256:bb
    # via project (pyproject.toml:author)
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
    # via project (pyproject.toml:author)
"""
PROJECT = """\
[build-system]
requires = []

[project]
name = "a"
dependencies = [
    "b[c]>=1",
]

[project.scripts]
a = "a:b"

[project.optional-dependencies]
more = ["d"]

[tool.flit.module]
name = "a"

[tool.ruff]
line-length = 100
"""


def test_needed_pins_stay() -> None:
    """A pin stays with its hashes where something required needs it, at any depth."""
    reduced = reduce_lock(LOCK, ["app[extra]>=1,<2"])

    names = [line.partition("==")[0] for line in reduced.splitlines() if "==" in line[:12]]
    assert names == ["app", "flit-core", "lib", "deep"]
    assert "deep==6 ; sys_platform == 'win32' \\\n    --hash=sha256:ee\n" in reduced


def test_tables_of_tools_go() -> None:
    """A project is left with what installs and starts it."""
    reduced = tomllib.loads(reduce_project(PROJECT))

    whole = tomllib.loads(PROJECT)
    del whole["project"]["optional-dependencies"], whole["tool"]["ruff"]
    assert reduced == whole


def test_own_lock_is_reduced() -> None:
    """Of this repository what is required stays and what authors use goes."""
    files = read_project(ROOT)
    lock = files["requirements.lock"].decode()

    for requirement in tomllib.loads(files["pyproject.toml"].decode())["project"]["dependencies"]:
        name = requirement.partition("[")[0].partition(">")[0].partition("=")[0]
        assert f"\n{name}==" in lock
    assert "\nruff==" not in lock
    assert "\ndistributed==" not in lock
