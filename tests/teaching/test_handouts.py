"""A handout holds what students need, works where it is put, and gives nothing away."""

import ast
import json
import re
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dojo.__main__ import COMMANDS, LEARNING
from dojo.environment import LOCK, find_wheel
from dojo.model.catalogue import Catalogue, Kata
from dojo.proof.cases import ExpectFile, list_cases
from dojo.teaching.public_criteria import list_functions

from .conftest import ROOT, Handout, run

SHORTEST = 25
"""Characters of a line that says something; shorter ones stand anywhere."""

LIST_PACKAGES = """
import importlib.metadata

packages = importlib.metadata.packages_distributions()
loaded = {name.partition(".")[0] for name, module in sys.modules.items() if module is not None}
print(*{each for name in loaded for each in packages.get(name, ())})
"""

KATAS = [kata for kata in Catalogue(ROOT).katas if kata.file.public]


@pytest.fixture(scope="module")
def contents(handout: Path) -> dict[str, str]:
    """Give all that is in the handout by its path, the wheel unpacked, the environment aside."""
    files = {
        path.relative_to(handout).as_posix(): path.read_bytes()
        for path in handout.rglob("*")
        if path.is_file() and path.relative_to(handout).parts[0] not in (".venv", ".dojo")
    }
    wheel = find_wheel(handout)
    assert wheel is not None
    with zipfile.ZipFile(wheel) as archive:
        files |= {f"engine/{name}": archive.read(name) for name in archive.namelist()}
    del files[wheel.relative_to(handout).as_posix()]
    return {name: content.decode("utf-8", "replace") for name, content in files.items()}


def find(contents: dict[str, str], secrets: Iterator[str]) -> list[tuple[str, str]]:
    """Give each secret that is in a file or in its name, with that file."""
    return [
        (secret, name)
        for secret in secrets
        for name, text in contents.items()
        if secret in text or secret in name
    ]


def list_lines(text: str, known: str) -> Iterator[str]:
    """List the lines that say something and are not known anyway."""
    for line in map(str.strip, text.splitlines()):
        if len(line) >= SHORTEST and line not in known and not re.match("from .* import", line):
            yield line


def read_given(kata: Kata) -> str:
    """Read everything that students get of a kata besides its grader."""
    paths = [path for path in kata.exercise.rglob("*") if path.suffix in (".py", ".md")]
    return "\n".join(path.read_text("utf-8") for path in paths)


def count_hidden(name: str) -> int:
    """Count the criteria of a kata that are not public."""
    return len(list(list_hidden(Catalogue(ROOT).find(name))))


def list_hidden(kata: Kata) -> Iterator[ast.AsyncFunctionDef]:
    """List the criteria of a kata that are not public."""
    for path in kata.grader.glob("test_*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if not isinstance(node, ast.AsyncFunctionDef) or node.name in kata.file.public:
                continue
            if node.name.startswith("test_"):
                yield node


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.id)
def test_solution_is_not_told(contents: dict[str, str], kata: Kata) -> None:
    """No line of a solution or its notes is in any file, but what a kata or the engine holds."""
    engine = [path.read_text("utf-8") for path in (ROOT / "src" / "dojo").rglob("*.py")]
    given = "\n".join([*map(read_given, KATAS), *engine])
    paths = [*(kata.solution / "app").rglob("*.py"), kata.solution / "NOTES.md"]
    secrets = [line for path in paths for line in list_lines(path.read_text("utf-8"), given)]

    assert secrets
    assert find(contents, iter(secrets)) == []


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.id)
def test_hidden_criteria_are_not_told(contents: dict[str, str], kata: Kata) -> None:
    """Neither names nor sentences of hidden criteria are in any file."""
    hidden = list(list_hidden(kata))
    sentences = [ast.get_docstring(node) or "" for node in hidden]

    assert len(hidden) == tomllib.loads(contents[f"exercises/{kata.id}/kata.toml"])["hidden"] > 0
    assert find(contents, iter([*(node.name for node in hidden), *sentences])) == []


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.id)
def test_expectations_are_not_told(contents: dict[str, str], kata: Kata) -> None:
    """No text that only hidden criteria hold is in any file."""
    public = "".join(
        text
        for name, text in contents.items()
        if name.startswith(f"graders/{kata.id}/test_") and name.endswith(".py")
    )
    texts = {
        each.value
        for node in list_hidden(kata)
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }
    given = read_given(kata)
    secrets = [text for text in texts if len(text) >= SHORTEST and text not in given]

    functions = set(list_functions(public.partition('"""\n')[2]))
    assert {name for name in functions if name.startswith("test_")} == set(kata.file.public)
    assert find(contents, iter(secrets)) == []


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.id)
def test_wrong_answers_are_not_told(contents: dict[str, str], kata: Kata, tmp_path: Path) -> None:
    """No submission with a known verdict is named or explained."""
    told = {name: text for name, text in contents.items() if not name.startswith("engine/")}
    known = [case for case in list_cases(kata, tmp_path) if case.kind in ("wrong", "accepted")]
    reasons = [each.expected.why for each in known if isinstance(each.expected, ExpectFile)]

    assert len(reasons) == len(known) > 0
    assert find(told, iter([each.name for each in known])) == []
    assert find(contents, iter(reasons)) == []


def test_no_path_is_told(contents: dict[str, str], handout: Path) -> None:
    """No path of the machine on which it was written is in any file."""
    places = [str(ROOT), str(handout), str(handout.parent), f"{tempfile.gettempdir()}/"]

    assert find(contents, iter([*places, f"{Path.home()}/"])) == []


def test_only_listed_things_are_there(contents: dict[str, str]) -> None:
    """There is nothing in it that nobody thought of."""
    tops = {name.partition("/")[0] for name in contents}

    assert tops == {
        *(".github", ".gitignore", "LICENSE", "README.md", "exercises", "graders"),
        *("noxfile.py", "requirements.lock", "engine"),
    }


def test_exercises_are_pristine(contents: dict[str, str]) -> None:
    """Students start from the stub, whatever was done to the exercise."""
    for kata in KATAS:
        for path in (kata.stub / "app").rglob("*.py"):
            name = path.relative_to(kata.stub).as_posix()

            assert contents[f"exercises/{kata.id}/{name}"] == path.read_text("utf-8")
            assert contents[f"exercises/{kata.id}/.stub/{name}"] == path.read_text("utf-8")


def test_code_is_clean(handout: Path) -> None:
    """What was taken out leaves no import behind, no name undefined and no line misplaced."""
    files = ["noxfile.py", "graders"]
    config = f"--config={ROOT / 'pyproject.toml'}"
    own = '--config=lint.isort.known-first-party=["dojo"]'

    for command in (["check", "--select=E,F,I,W"], ["format", "--check"]):
        ended = run(sys.executable, "-m", "ruff", *command, config, own, *files, cwd=handout)
        assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout


def test_lock_suffices_for_learners(call: Handout, handout: Path) -> None:
    """Whatever the commands of a handout import is the standard library or pinned in its lock."""
    assert call("--help").returncode == 0
    names = ", ".join(
        [
            *(f"dojo.commandline.{COMMANDS[each][0]}" for each in LEARNING),
            "dojo.commandline.checking",
            "dojo.learning.serving",
            "dojo.output.documents",
        ]
    )
    python = handout / ".venv" / "bin" / "python"

    # The author's environment has a package that httpx takes only where it is.
    program = f"import sys\nsys.modules['brotli'] = None\nimport {names}\n{LIST_PACKAGES}"
    ended = run(python, "-c", program, cwd=handout)

    assert (ended.returncode, ended.stderr) == (0, "")
    imported = {name.lower().replace("_", "-") for name in ended.stdout.split()}
    pinned = re.findall(r"^([\w.-]+)==", (handout / LOCK).read_text("utf-8"), re.MULTILINE)
    assert "pydantic" in imported
    assert imported <= {"fastapi-katas", *pinned}


def test_stub_does_not_pass(call: Handout) -> None:
    """A check fails on the stub and says that these are not all criteria."""
    ended = call("check", "03")

    assert ended.returncode == 1
    hidden = count_hidden("03")
    assert f"0 of 2 public criteria passed; {hidden} more are graded by your" in ended.stdout


def test_passing_is_not_the_whole(call: Handout, tmp_path: Path) -> None:
    """Right work passes what is public, and no report calls a kata passed."""
    file = tmp_path / "report.json"

    ended = call("check", "--submission", str(ROOT / "solutions"), "--json", str(file))

    reports = json.loads(file.read_bytes())["reports"]
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [report["kata"] for report in reports] == [kata.id for kata in KATAS]
    assert {report["status"] for report in reports} == {"public_passed"}
    assert f"{len(KATAS)} of {len(KATAS)} katas passed their public criteria" in ended.stdout
    assert ended.stdout.count(" public passed ") == len(KATAS)
    assert "`nox -s notes" not in ended.stdout


def test_hidden_criterion_is_unknown(call: Handout) -> None:
    """Who asks for a hidden criterion is told of the public ones."""
    ended = call("check", "03", "--criterion", "test_failed_request_rolls_back")

    assert ended.returncode == 2
    assert ended.stderr == (
        "Kata '03_dependencies' has no criterion 'test_failed_request_rolls_back'. "
        "Try `--criterion` with 'test_request_uses_one_session' or 'test_session_closes_once'.\n"
    )


@pytest.mark.parametrize(
    "command",
    [
        *("swap 03", "notes 03", "verify", "mutate", "handout 03 --to x"),
        *("examples 03", "arrange 04", "compare 03"),
    ],
)
def test_absent_commands_say_so(call: Handout, command: str) -> None:
    """A command that needs what is not there says that this is a handout."""
    ended = call(*command.split())

    name = command.split()[0]
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (f"'{name}' is not part of a handout. Run `nox -l` to see what is.\n")


def test_tutor_prompt_holds_public_report(call: Handout) -> None:
    """A prompt needs nothing but what a student has."""
    ended = call("tutor", "03")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "more are graded by your instructor" in " ".join(ended.stdout.split())


@pytest.mark.parametrize("option", [["--solution"], ["--case", "no_finally"]])
def test_absent_submissions_say_so(call: Handout, option: list[str]) -> None:
    """Neither the solution nor known answers can be graded there."""
    ended = call("check", "03", *option)

    assert ended.returncode == 2
    assert "A handout does not contain the solution" in ended.stderr
    assert "Run `nox -s check -- 03` to grade your own work." in ended.stderr


def test_learning_commands_work(call: Handout) -> None:
    """Hints, the list and a new start are there, and the list speaks of public criteria."""
    listed, hint, reset = call("list"), call("hint", "03"), call("reset", "03")

    assert (listed.returncode, hint.returncode, reset.returncode) == (0, 0, 0)
    assert f"0 of {len(KATAS)} katas passed their public criteria." in listed.stdout
    assert "Hint 1 of" in hint.stdout
    assert "holds the original stub now" in reset.stdout


def test_sessions_are_the_learners(handout: Path) -> None:
    """`nox` has a session for each command that works there, and no other."""
    ended = run(sys.executable, "-m", "nox", "--list", cwd=handout)

    sessions = re.findall(r"^[*-] (\w+) ->", ended.stdout, re.MULTILINE)
    assert sorted(sessions) == sorted(LEARNING)
