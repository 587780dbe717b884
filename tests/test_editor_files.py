"""Editors and containers are told what nox and the commands really offer."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

from dojo.__main__ import COMMANDS
from dojo.model.catalogue import Catalogue

ROOT = Path(__file__).parent.parent
SESSION = re.compile(r'^def (\w+)\(session: nox\.Session\)|name="(\w+)"', re.MULTILINE)


def read(path: str) -> Any:
    """Read a JSON file of the repository."""
    return json.loads((ROOT / path).read_text("utf-8"))


def test_tasks_call_sessions() -> None:
    """Each task of VS Code is a session of nox, for the kata of the file that is open."""
    text = (ROOT / "noxfile.py").read_text("utf-8")
    sessions = {first or second for first, second in SESSION.findall(text)}
    tasks = read(".vscode/tasks.json")["tasks"]

    assert {each["args"][1] for each in tasks} <= sessions
    assert {each["args"][1]: each["args"][2:] for each in tasks}["check"] == [
        "--",
        "${relativeFile}",
    ]


@pytest.mark.parametrize("separator", ["/", "\\"])
def test_open_file_names_its_kata(separator: str) -> None:
    """What an editor gives as the open file stands for its kata, on Windows too."""
    file = separator.join(["exercises", "03_dependencies", "app", "main.py"])

    assert Catalogue(ROOT).find(file).id == "03_dependencies"


def test_debugger_starts_a_command() -> None:
    """The app is debugged under a command that exists; a check is attached to on its port."""
    launch, attach = read(".vscode/launch.json")["configurations"]

    assert importlib.util.find_spec(launch["module"]) is not None
    assert launch["args"][0] in COMMANDS
    assert attach["connect"]["port"] == 5678


def test_container_makes_environment() -> None:
    """A new container has nox, a Python that is supported, and a learner's environment."""
    container = read(".devcontainer/devcontainer.json")

    project = (ROOT / "pyproject.toml").read_text("utf-8")
    oldest, unsupported = re.findall(r"3\.(\d+)", project.split("requires-python", 1)[1])[:2]
    assert int(oldest) <= int(container["image"].rpartition("3.")[2]) < int(unsupported)
    assert container["postCreateCommand"].endswith("nox -s list")
    assert all(
        (ROOT / each).is_file() for each in container["customizations"]["codespaces"]["openFiles"]
    )
