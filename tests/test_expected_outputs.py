"""What a learner reads, letter by letter: one file in `tests/expected/` for each way to end.

The kata is a tiny one in a repository of its own, so that no exercise can change these texts. After
a wanted change, `UPDATE_EXPECTED=1 python -m pytest tests/test_expected_outputs.py` writes them
anew; read the difference as a learner who is stuck would.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dojo.commandline.check_command import UNCONFINED
from dojo.output.terminal import describe_isolation

EXPECTED = Path(__file__).parent / "expected"
KATA = "07_museum_counter"
COMMAND = ("check", "museum_counter", "--seed", "1")

README = """\
# Count the visitors

## 1. Show a room
## 2. Count a group
"""
DESCRIPTION = """\
title = "Count the visitors"
track = "basics"
level = "junior"
minutes = 5
after = []
rules = ["name_the_thing"]
editable = ["app/main.py"]
"""
ROOMS = '''\
"""The rooms of the museum."""

ROOMS = ("attic", "cellar", "hall")
'''
STUB = '''\
"""The visitor counter of a museum."""

from fastapi import FastAPI

from .rooms import ROOMS

# TODO 1: show a room.
app = FastAPI()
'''
SOLUTION = '''\
"""The visitor counter of a museum."""

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from .rooms import ROOMS

app = FastAPI()
visits = dict.fromkeys(ROOMS, 0)


class Group(BaseModel):
    people: int


@app.get("/rooms/{room}")
async def read_room(room: str) -> dict[str, str | int]:
    if room not in visits:
        raise HTTPException(404, "There is no such room.")
    return {"room": room, "visits": visits[room]}


@app.post("/rooms/{room}/visits", status_code=201)
async def count_group(room: str, group: Group) -> dict[str, int]:
    visits[room] += group.people
    return {"visits": visits[room]}
'''
GRADER = '''\
"""Grader of 07_museum_counter."""

import httpx

from dojo.grader import SeededInputs, criterion, expect


@criterion(task=1)
async def test_room_is_shown(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`GET /rooms/{room}` answers 200 with the room and its visits: none at first."""
    room = inputs.choice(("attic", "cellar", "hall"))
    answer = await client.get(f"/rooms/{room}")

    expect(answer).status(200).json({"room": room, "visits": 0})


@criterion(task=1)
async def test_unknown_room_is_missing(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A room that the museum does not have is a 404."""
    answer = await client.get(f"/rooms/{inputs.word()}")

    expect(answer).status(404, because="There are three rooms, and visitors ask for others.")


@criterion(task=2)
async def test_group_is_counted(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`POST /rooms/{room}/visits` answers 201 with the visits of the room so far."""
    people = inputs.randint(2, 40)
    for visits in (people, 2 * people):
        answer = await client.post("/rooms/hall/visits", json={"people": people})

        expect(answer).status(201).json({"visits": visits})


@criterion(task=2, waits_for=test_group_is_counted)
async def test_counted_group_is_shown(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """The visits that were counted are shown with the room."""
    people = inputs.randint(2, 40)
    await client.post("/rooms/hall/visits", json={"people": people})
    answer = await client.get("/rooms/hall")

    expect(answer).status(200).json_at("visits", equals=people)
'''
BROKEN_GRADER = GRADER.replace("expect(answer).status(404", 'answer.json()["reason"].status(404')


@dataclass(frozen=True)
class Case:
    """A submission in terms of how it differs from the solution, and the grader that meets it."""

    main: str = SOLUTION
    files: Mapping[str, str] = field(default_factory=dict)
    grader: str = GRADER


def changed(old: str, new: str) -> Case:
    """Make the case of a solution in which one piece of text is another."""
    assert SOLUTION.count(old) == 1
    return Case(SOLUTION.replace(old, new))


def counting(body: str) -> Case:
    """Make the case of a solution whose route that counts a group begins with these lines."""
    return changed(
        "    visits[room] += group.people\n", body + "    visits[room] += group.people\n"
    )


LIFESPAN = """

async def open_doors(app: FastAPI):
    yield {"doors": int("two")}

"""
IMPORTS = "from .rooms import ROOMS\n"
CASES = {
    "pass": Case(),
    "partial": changed(", status_code=201", ""),
    "untouched_stub": Case(STUB),
    "syntax_error": changed("-> dict[str, str | int]:", "-> dict[str, str | int]"),
    "import_error": changed("from .rooms import ROOMS", "from .rooms import ROOM as ROOMS"),
    "missing_package": changed(IMPORTS, "import pandas\n\n" + IMPORTS),
    "missing_app": Case(SOLUTION.replace("app = ", "museum = ").replace("@app.", "@museum.")),
    "wrong_values": changed(
        '"visits": visits[room]}\n\n\n', '"visits": visits[room] + 1, "floor": 2}\n\n\n'
    ),
    "module_beside": Case(
        SOLUTION.replace("from .rooms", "from rooms"),
    ),
    "redirect": Case(SOLUTION.replace("/rooms/{room}", "/rooms/{room}/")),
    "lock_taken_twice": counting(
        "    import asyncio\n\n    lock = asyncio.Lock()\n"
        "    async with lock, lock:\n        pass\n"
    ),
    "factory_of_nothing": Case(SOLUTION + "\n\ndef make() -> None:\n    pass\n\n\napp = make\n"),
    "hang_in_a_route": counting("    import time\n\n    time.sleep(600)\n"),
    "hang_at_import": changed(IMPORTS, IMPORTS + "\nimport time; time.sleep(600)\n"),
    "crash": counting("    import ctypes\n\n    ctypes.string_at(0)\n"),
    "startup_error": Case(
        SOLUTION.replace("FastAPI()", "FastAPI(lifespan=open_doors)").replace(
            IMPORTS, IMPORTS + LIFESPAN
        )
    ),
    "exit_at_import": changed("app = FastAPI()\n", 'app = FastAPI()\nraise SystemExit("bye")\n'),
    "five_megabytes_of_output": counting(
        '    print("one group more\\n" * 350_000)\n    raise KeyError(room)\n'
    ),
    "escapes_in_output": counting(
        '    print("\\x1b[2J\\x1b[31mall passed\\x1b[0m \\x1b]0;title\\x07 \\u202edessap")\n'
        '    raise ValueError("\\x1b[1A\\x1b[2KPASSED")\n'
    ),
    "broken_grader": Case(grader=BROKEN_GRADER),
    "grader_that_does_not_start": Case(
        grader=GRADER.replace("SeededInputs, criterion", "Drawing, criterion")
    ),
    "cheat": Case(
        "import os\n\nos._exit(0)\n",
        {"conftest.py": "raise SystemExit(0)\n", "app/rooms.py": "ROOMS = ()\n"},
    ),
}


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write text files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def build(root: Path, case: Case) -> Path:
    """Build a repository with the one kata and the case as the learner's work in it."""
    exercise = f"exercises/{KATA}"
    work = {"app/main.py": case.main, "app/rooms.py": ROOMS, **case.files}
    write(
        root,
        {
            "noxfile.py": "",
            f"{exercise}/README.md": README,
            f"{exercise}/kata.toml": DESCRIPTION,
            f"{exercise}/.stub/app/main.py": STUB,
            f"{exercise}/.stub/app/rooms.py": ROOMS,
            **{f"{exercise}/{name}": text for name, text in work.items()},
            f"graders/{KATA}/test_museum_counter.py": case.grader,
        },
    )
    return root


def pretend_isolation(output: str) -> str:
    """Have a machine that can only do without tell the same as others."""
    told = {
        f"Note: {UNCONFINED}\n": "",
        describe_isolation("basic"): describe_isolation("no-bwrap"),
    }
    for basic, other in told.items():
        output = output.replace(basic, other)
    return output


def run(root: Path) -> str:
    """Check the learner's work as people do; give what they see, with the exit code."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(root)}
    ended = subprocess.run(
        [sys.executable, "-m", "dojo", *COMMAND],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    output = pretend_isolation(ended.stdout.decode("utf-8"))
    return f"$ dojo {' '.join(COMMAND)}\n{output}\nexit code {ended.returncode}\n"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, "Future[str]"]:
    """The outputs of all cases, which run side by side: some of them wait for a hang."""
    folder = tmp_path_factory.mktemp("repositories")
    with ThreadPoolExecutor(4) as executor:
        order = sorted(CASES, key=lambda name: not name.startswith("hang"))
        return {name: executor.submit(run, build(folder / name, CASES[name])) for name in order}


@pytest.mark.parametrize("name", CASES)
def test_learner_reads_expected_text(name: str, outputs: dict[str, "Future[str]"]) -> None:
    """The output is the file in `tests/expected/`, byte for byte."""
    seen = outputs[name].result()
    file = EXPECTED / f"{name}.txt"
    if os.environ.get("UPDATE_EXPECTED"):
        file.write_text(seen, "utf-8")

    assert seen == file.read_text("utf-8"), (
        f"'{file.name}' differs from the output. If that is wanted, read the new text, then run "
        "`UPDATE_EXPECTED=1 python -m pytest tests/test_expected_outputs.py`."
    )


def test_expected_files_have_cases() -> None:
    """No file is left over from a case that is gone."""
    found = {path.stem for path in EXPECTED.iterdir()}

    assert found == set(CASES)
