"""A small kata whose grader lets some mutants through, and mutants of single sources."""

import textwrap
from pathlib import Path

import libcst as cst
import pytest

from dojo.model.catalogue import Catalogue, Kata
from dojo.proof.mutants import Mutant, Reading, find_called, list_changes, mutate_file

ID = "07_crates"
SOLUTION = '''"""Crates."""

from fastapi import FastAPI

app = FastAPI(title="Crates")


@app.get("/fits/{pieces}")
async def read_fit(pieces: int) -> dict[str, bool]:
    """Say whether so many pieces fit into a crate."""
    return {"fits": pieces <= 12}
'''
GRADER = '''"""Grader of 07_crates: it never asks about 12 pieces."""

import httpx

from dojo.grader import criterion, expect


@criterion(task=1)
async def test_crate_takes_few(client: httpx.AsyncClient) -> None:
    """A few pieces fit, many do not."""
    few = await client.get("/fits/3")
    many = await client.get("/fits/40")

    expect(few).status(200).json({"fits": True})
    expect(many).status(200).json({"fits": False})
'''
KATA = """title = "Crates"
track = "basics"
level = "junior"
minutes = 5
after = []
rules = ["name_the_thing"]
editable = ["app/main.py"]
"""
WHY = "Nobody has ever asked for exactly twelve pieces."
BOUNDARY = """-    return {"fits": pieces <= 12}
+    return {"fits": pieces < 12}"""


@pytest.fixture
def kata(tmp_path: Path) -> Kata:
    """Give a kata of one route, in the only repository there is."""
    files = {
        f"exercises/{ID}/kata.toml": KATA,
        f"exercises/{ID}/README.md": "# Crates\n\n## 1. Say what fits\nTwelve.\n",
        f"exercises/{ID}/.stub/app/__init__.py": "",
        f"exercises/{ID}/.stub/app/main.py": "",
        f"solutions/{ID}/app/main.py": SOLUTION,
        f"graders/{ID}/test_crates.py": GRADER,
        "noxfile.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Catalogue(tmp_path).find(ID)


def mutate(source: str, promised: str = "") -> list[Mutant]:
    """Make the mutants of a source, which may be indented."""
    text = textwrap.dedent(source).strip("\n") + "\n"
    module = cst.parse_module(text)
    reading = Reading(promised, find_called([module]))
    return mutate_file("app/main.py", text, list_changes(module, reading))


def show(mutant: Mutant) -> str:
    """Give what a mutant puts in, without indentation; the removed line if it only removes."""
    changed = [line for line in mutant.diff[3:] if line[0] in "-+"]
    added = [line[1:].strip() for line in changed if line[0] == "+"]
    return " / ".join(added) or " / ".join(changed)


def list_survivor(kata: Kata, *changes: str, why: str = WHY) -> None:
    """Write the kata's list: these changes within `read_fit`, for one reason."""
    entries = [
        f"[[survivor]]\nfile = 'app/main.py'\nwithin = 'read_fit'\n"
        f"change = '''\n{change}\n'''\nwhy = '{why}'\n"
        for change in changes
    ]
    (kata.grader / "survivors.toml").write_text("\n".join(entries))
