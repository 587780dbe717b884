"""A repository with two small katas, and ways to run commands in it."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dojo.__main__ import run

STUB = """\
import json
import os
import threading
import urllib.request

from fastapi import FastAPI

app = FastAPI()


@app.get("/greetings/{name}")
def read_greeting(name: str) -> dict[str, str]:
    return {"text": "Hello"}  # TODO 1: greet by name


@app.get("/partner/{name}")
def ask_partner(name: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{os.environ['UPSTREAM_URL']}/names/{name}") as reply:
        return json.load(reply)


@app.get("/pause")
def pause() -> str:
    breakpoint()
    return "resumed"


@app.get("/stuck")
async def get_stuck() -> None:
    print("stuck", flush=True)
    threading.Event().wait()
"""
SOLUTION = STUB.replace('"Hello"}  # TODO 1: greet by name', 'f"Hello {name}"}')
KATA = """\
title = "{title}"
track = "{track}"
level = "mid"
minutes = 20
after = []
rules = ["name_the_thing"]
editable = ["app/main.py"]
labs = ["upstream"]

[[demo]]
path = "/names/nobody"
status = 404

[[demo]]
path = "/names/{{name}}"
json = {{name = "{{name}}", known = ["as {{name}}"]}}
"""
HINTS = """\
# Hints

## 1. Greet somebody
1. Where does the name
   come from?
2. Braces.

## 2. Greet everybody
1. Encode it.
"""
NOTES = """\
# Notes

- [named](../../graders/07_greeting/submissions/wrong/named/): `a[0](b)` is not a link.
- [docs](https://fastapi.tiangolo.com/)
"""
GRADER = '''\
import httpx

from dojo.grader import criterion, expect


@criterion(task=1)
async def test_service_describes_itself(client: httpx.AsyncClient) -> None:
    """`GET /openapi.json` answers."""
    expect(await client.get("/openapi.json")).status(200)


@criterion(task=2)
async def test_greeting_holds_name(client: httpx.AsyncClient) -> None:
    """The greeting holds the name."""
    expect(await client.get("/greetings/Asha")).status(200).json({"text": "Hello Asha"})
'''


@dataclass(frozen=True)
class Ended:
    """What a command has told: its exit code and what it wrote."""

    code: int
    out: str
    err: str


Dojo = Callable[..., Ended]


def write_kata(root: Path, kata: str, title: str, track: str) -> None:
    """Write all files of a kata, which builds on nothing."""
    files = {
        f"exercises/{kata}/app/main.py": STUB,
        f"exercises/{kata}/.stub/app/main.py": STUB,
        f"exercises/{kata}/kata.toml": KATA.format(title=title, track=track),
        f"exercises/{kata}/HINTS.md": HINTS,
        f"solutions/{kata}/app/main.py": SOLUTION,
        f"solutions/{kata}/NOTES.md": NOTES,
        f"graders/{kata}/test_greeting.py": GRADER,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a repository with two katas as the current folder."""
    (tmp_path / "noxfile.py").touch()
    write_kata(tmp_path, "07_greeting", "Greet by name", "async")
    write_kata(tmp_path, "08_farewell", "Part as friends", "basics")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def dojo(repository: Path, capsys: pytest.CaptureFixture[str]) -> Dojo:
    """Give a function that runs a command in the repository, within this process."""
    del repository

    def call(*arguments: str) -> Ended:
        code = run(arguments)
        written = capsys.readouterr()
        return Ended(code, written.out, written.err)

    return call


@pytest.fixture
def dojo_process(repository: Path) -> Dojo:
    """Give a function that runs a command in the repository as people do."""

    def call(*arguments: str, cwd: Path = repository, typed: str = "") -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "dojo", *arguments],
            cwd=cwd,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return call
