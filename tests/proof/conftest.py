"""A small kata whose grader is proven, to be broken in one place at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dojo.model.catalogue import Catalogue, Kata
from dojo.proof.verification import Plan, Proof

ID = "07_lamp"
STUB = '''"""A lamp."""

from fastapi import FastAPI

app = FastAPI()
# TODO 1: say whether the lamp is on.
'''
SOLUTION = '''"""A lamp."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/lamps/{name}")
async def read_lamp(name: str) -> dict[str, str | bool]:
    return {"name": name, "on": False}


@app.post("/lamps/{name}", status_code=201)
async def switch_on(name: str) -> dict[str, str | bool]:
    return {"name": name, "on": True}
'''
GRADER = '''"""Grader of 07_lamp."""

import httpx

from dojo.grader import SeededInputs, criterion, expect


@criterion(task=1)
async def test_lamp_is_off(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A lamp is off at first."""
    name = inputs.word()
    lamp = await client.get(f"/lamps/{name}")

    expect(lamp).status(200).json({"name": name, "on": False})


@criterion(task=2)
async def test_lamp_switches_on(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A lamp can be switched on."""
    name = inputs.word()
    lamp = await client.post(f"/lamps/{name}")

    expect(lamp).status(201).json({"name": name, "on": True})
'''
README = """# A lamp

## 1. Say that it is off
Off.

## 2. Switch it on
On.
"""
HINTS = """# Hints

## 1. Say that it is off

1. Look at the path.

## 2. Switch it on

1. Look at the method.
"""
NOTES = """# Notes

## Wrong turns
- `always_on`: a light for everybody.
- [plain_status](../../graders/07_lamp/submissions/wrong/plain_status/)

## Other good answers
- [renamed](../../graders/07_lamp/submissions/accepted/renamed/)
- [with_router](../../graders/07_lamp/submissions/accepted/with_router/)
"""
RULES = """
[name_the_thing]
sentence = "A thing has one name."
wrong = ["07_lamp/always_on"]

[[name_the_thing.cards]]
question = "How many names has a thing?"
answer = "It has one name, the same everywhere."
"""
KATA = """title = "A lamp"
track = "basics"
level = "junior"
minutes = 5
after = []
rules = ["name_the_thing"]
editable = ["app/main.py"]
questions = ["S0-Q1"]
"""
WRONG = """[[wrong]]
name = "always_on"
why = '''
Whoever wants to see
the lamp sees it.
'''
fails = ["test_lamp_is_off"]

[[wrong.edits]]
file = "app/main.py"
old = '"on": False'
new = '"on": True'
"""
SUBMISSIONS = {
    "wrong/plain_status": (SOLUTION.replace(", status_code=201", ""), ["test_lamp_switches_on"]),
    "accepted/renamed": (SOLUTION.replace("read_lamp", "show_lamp"), []),
    "accepted/with_router": (SOLUTION.replace('"""A lamp."""', '"""Light."""'), []),
}


@pytest.fixture
def kata(tmp_path: Path) -> Kata:
    """Give a kata without a defect."""
    files = {
        f"exercises/{ID}/kata.toml": KATA,
        f"exercises/{ID}/README.md": README,
        f"exercises/{ID}/HINTS.md": HINTS,
        f"exercises/{ID}/app/__init__.py": "",
        f"exercises/{ID}/app/main.py": STUB,
        f"exercises/{ID}/.stub/app/__init__.py": "",
        f"exercises/{ID}/.stub/app/main.py": STUB,
        f"solutions/{ID}/NOTES.md": NOTES,
        f"solutions/{ID}/app/main.py": SOLUTION,
        f"graders/{ID}/test_lamp.py": GRADER,
        f"graders/{ID}/wrong.toml": WRONG,
        "exercises/rules.toml": RULES,
        "noxfile.py": "",
    }
    for name, (source, fails) in SUBMISSIONS.items():
        folder = f"graders/{ID}/submissions/{name}"
        files[f"{folder}/app/main.py"] = source
        files[f"{folder}/expect.toml"] = make_expect_file(fails)
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return Catalogue(tmp_path).find(ID)


@pytest.fixture
def submit(kata: Kata) -> Callable[[str, str, list[str]], None]:
    """Give a way to add a submission, such as `wrong/name`, and to link it in the notes."""

    def add(name: str, source: str, fails: list[str]) -> None:
        folder = kata.grader / "submissions" / name
        (folder / "app").mkdir(parents=True, exist_ok=True)
        (folder / "app" / "main.py").write_text(source)
        (folder / "expect.toml").write_text(make_expect_file(fails))
        notes = kata.solution / "NOTES.md"
        link = f"../../graders/{ID}/submissions/{name}/"
        notes.write_text(f"{notes.read_text()}- [more]({link})\n")

    return add


def make_expect_file(fails: list[str]) -> str:
    """Write an `expect.toml`."""
    return f'why = "A submission whose verdict is known."\nfails = {fails!r}\n'.replace("'", '"')


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Give the plans that `verify` is called with; nothing is verified."""
    made: list[Plan] = []

    def take(_: object, plan: Plan, __: object) -> list[Proof]:
        made.append(plan)
        return []

    monkeypatch.setattr("dojo.commandline.author_commands.verify", take)
    return made
