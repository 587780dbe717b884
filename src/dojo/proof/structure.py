"""Structure: the first files of a new kata, and what can be said of files without grading anything.

The first files grade, and say what is to be replaced in them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template

from ..grader.oracle import read_traffic
from ..grader.traffic import FEWEST_REQUESTS, MOST_REQUESTS
from ..grader.traffic import FILE_NAME as TRAFFIC_FILE
from ..model.catalogue import TASK_HEADING, TRACKS, Catalogue, CatalogueError, Kata, read_tasks
from ..model.curriculum import list_prerequisites
from ..model.files import digest
from ..model.reports import CriterionResult
from ..model.rules import RULES_FILE, read_rules
from .cases import WRONG_FILE, list_folders, read_drawn, read_wrong_file

SKELETON = Path(__file__).parent / "skeleton"
ID = re.compile(r"\d\d(_[a-z][a-z0-9]*)+")


class UnusableId(CatalogueError):
    """A new kata cannot have this id."""


def make_kata(root: Path, wanted: str) -> list[Path]:
    """Write the exercise, the solution and the grader of a new kata; give the files' paths.

    `UnusableId` if `wanted` is no id, or if the id, its number or one of its folders is taken.
    """
    kata = Kata(wanted, root)
    _check_id(kata)
    title = kata.name.replace("_", " ").capitalize()
    words = {"id": kata.id, "number": kata.number, "title": title, "tracks": ", ".join(TRACKS)}
    written = []
    for part, target in (
        ("exercise", kata.exercise),
        ("exercise/app", kata.stub / "app"),
        ("solution", kata.solution),
        ("grader", kata.grader),
    ):
        written += _fill(SKELETON / part, target, words)
    return written


def _check_id(kata: Kata) -> None:
    if not ID.fullmatch(kata.id):
        raise UnusableId(
            f"'{kata.id}' is no id of a kata. Use two digits and a name in lower case, "
            "such as `nox -s new -- 56_long_polling`."
        )
    for other in Catalogue(kata.root).katas:
        if other.number == kata.number:
            raise UnusableId(
                f"Number '{kata.number}' belongs to kata '{other.id}'. Choose a free number."
            )
    for folder in (kata.exercise, kata.solution, kata.grader):
        if folder.exists():
            where = folder.relative_to(kata.root)
            raise UnusableId(f"'{where}' exists already. Remove it, or choose another id.")


def _fill(source: Path, target: Path, words: dict[str, str]) -> list[Path]:
    written = []
    for path in sorted(each for each in source.rglob("*") if each.suffix != ".pyc"):
        if path.is_file():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(Template(path.read_text("utf-8")).safe_substitute(words), "utf-8")
            written.append(copy)
    return written


LINK = re.compile(r"\[[^\]]*\]\(([^)]+)\)")
HINT = re.compile(r"^\d+\. ", re.MULTILINE)
ANSWERS = re.compile(r"^## (?:Wrong turns|Other good answers)\n(.*?)(?=^## |\Z)", re.M | re.S)
"""The sections of NOTES that go through known answers: an item names them before its colon."""

ITEM = re.compile(r"^- ([^:\n]*)", re.MULTILINE)
NAME = re.compile(r"`(\w+)`")
SHOWN = re.compile(r"nox -s show -- \d\d (\w+)")
LONGEST = {"README.md": 100, "NOTES.md": 60}
LONGEST_SOLUTION = 100
_EXERCISE_FILES = {"README.md", "HINTS.md", "kata.toml", "app", ".stub"}
_LEARNER_FILES = {".env", "arrange.txt", "examples.txt"}
"""What a learner, who may be the author, or a command for one writes; git leaves it out."""

_SOLUTION_FILES = {"NOTES.md", "app"}
_GRADER_FILES = {"submissions", WRONG_FILE, "survivors.toml"}
_MORE_GRADER_FILES = {"app": {TRAFFIC_FILE}, "suite": {"mutants.toml", "variants.toml"}}
_JUNK = {"__pycache__", "noxfile.py"}
"""What is made: bytecode, and a noxfile in each exercise, which `nox -s refresh` writes."""

_PLACEHOLDER = "REPLACE:"
_TEXTS = {".md", ".py", ".toml"}


def check_structure(kata: Kata, criteria: Sequence[CriterionResult]) -> list[str]:
    """Give one sentence for each thing that is missing, stale or does not belong there."""
    return [
        *_check_files(kata),
        *_check_placeholders(kata),
        *_check_tasks(kata, criteria),
        *_check_hints(kata),
        *_check_links(kata),
        *_check_answers(kata),
        *_check_stub(kata),
        *_check_names(kata, {each.name for each in criteria}),
        *_check_traffic(kata),
        *_check_order(kata, [each.name for each in criteria]),
        *_check_prerequisites(kata),
        *_check_rules(kata),
    ]


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def _check_files(kata: Kata) -> Iterable[str]:
    for folder, allowed in ((kata.exercise, _EXERCISE_FILES), (kata.solution, _SOLUTION_FILES)):
        found = {each.name for each in folder.iterdir()} if folder.is_dir() else set()
        for name in sorted(allowed - found):
            yield f"'{folder.parent.name}/{kata.id}/{name}' is missing."
        for name in sorted(found - allowed - _LEARNER_FILES - _JUNK):
            yield f"'{folder.parent.name}/{kata.id}/{name}' does not belong there."
    for path in (kata.exercise / "README.md", kata.solution / "NOTES.md"):
        lines = len(_read(path).splitlines())
        if lines > LONGEST[path.name]:
            yield f"'{path.name}' has {lines} lines; {LONGEST[path.name]} are the most."
    allowed = _GRADER_FILES | _JUNK | _MORE_GRADER_FILES.get(kata.file.kind, set())
    for path in sorted(kata.grader.iterdir()):
        if path.name not in allowed and (
            path.suffix != ".py" or not path.name.startswith(("test_", "probe"))
        ):
            yield f"'graders/{kata.id}/{path.name}' does not belong there."


def _check_placeholders(kata: Kata) -> Iterable[str]:
    for folder in (kata.exercise, kata.solution, kata.grader):
        for path in sorted(each for each in folder.rglob("*") if each.suffix in _TEXTS):
            lines = [] if ".stub" in path.parts else _read(path).splitlines()
            for number, line in enumerate(lines, start=1):
                if _PLACEHOLDER in line:
                    where = f"Line {number} of '{path.relative_to(kata.root)}'"
                    yield f"{where} is not written yet: '{line[line.index(_PLACEHOLDER) :]}'."


def _check_tasks(kata: Kata, criteria: Sequence[CriterionResult]) -> Iterable[str]:
    tasks = set(kata.tasks)
    graded = {each.task for each in criteria}
    for number in sorted(tasks - graded):
        yield f"Task {number} of the README has no criterion."
    for number in sorted(graded - tasks):
        yield f"A criterion belongs to task {number}, which the README does not have."


def _check_hints(kata: Kata) -> Iterable[str]:
    text = _read(kata.exercise / "HINTS.md")
    if read_tasks(text) != kata.tasks:
        yield "The headings of HINTS.md differ from the tasks of the README."
    for section in TASK_HEADING.split(text)[3::3]:
        if not HINT.search(section):
            yield "A task of HINTS.md has no numbered hint."


def _check_links(kata: Kata) -> Iterable[str]:
    for path in (
        kata.exercise / "README.md",
        kata.exercise / "HINTS.md",
        kata.solution / "NOTES.md",
    ):
        for link in LINK.findall(_read(path)):
            if not link.startswith(("http", "#")) and not (path.parent / link).exists():
                yield f"'{path.name}' links to '{link}', which does not exist."


def _check_answers(kata: Kata) -> Iterable[str]:
    """Compare the known answers with what the notes name: files by a link, edits by their name."""
    notes = _read(kata.solution / "NOTES.md")
    names = [entry.name for entry in read_wrong_file(kata)]
    for name in names:
        if f"`{name}`" not in notes:
            yield f"NOTES.md does not name the wrong answer '{name}'. Write it as `{name}`."
    for kind in ("wrong", "accepted"):
        for folder in list_folders(kata.grader / "submissions" / kind):
            if f"submissions/{kind}/{folder.name}" not in notes:
                yield f"NOTES.md does not link to the {kind} submission '{folder.name}'."
            names.append(folder.name)
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{count} known answers have the name '{name}'. Give each a name of its own."
    for name in sorted(_list_named(notes) - {*names, "NAME"}):
        yield f"NOTES.md names the answer '{name}', which does not exist."


def _list_named(notes: str) -> set[str]:
    """List the known answers that notes name by name: in front of an item, and to be shown."""
    items = [item for section in ANSWERS.findall(notes) for item in ITEM.findall(section)]
    return {*SHOWN.findall(notes), *NAME.findall("\n".join(items))}


def _check_stub(kata: Kata) -> Iterable[str]:
    if digest(kata.exercise / "app") != digest(kata.stub / "app"):
        yield "'app' and '.stub/app' differ: the stub is not pristine."
    names = {str(path.relative_to(kata.stub)) for path in (kata.stub / "app").rglob("*")}
    for name in kata.file.editable:
        if name not in names:
            yield f"'{name}' is listed as editable but is not in the stub."
        elif not (kata.solution / name).is_file():
            yield f"The solution has no '{name}'."
    for path in sorted((kata.solution / "app").rglob("*.py")):
        name = str(path.relative_to(kata.solution))
        if name in names and name not in kata.file.editable:
            yield f"The solution holds '{name}', which is a given file."
    sources = [_read(kata.stub / name) for name in kata.file.editable]
    if not any("TODO 1" in source for source in sources):
        yield "No editable file of the stub says '# TODO 1:' where the first task starts."
    lines = sum(len(_read(kata.solution / name).splitlines()) for name in kata.file.editable)
    if lines > LONGEST_SOLUTION:
        yield f"The solution has {lines} lines; {LONGEST_SOLUTION} are the most."


def _check_names(kata: Kata, known: set[str]) -> Iterable[str]:
    for listed, where in (
        (kata.file.already_working, "already_working"),
        (kata.file.public, "public"),
    ):
        for name in listed:
            if name not in known:
                yield f"`{where}` names the criterion '{name}', which does not exist."


def _check_traffic(kata: Kata) -> Iterable[str]:
    statement = " ".join(_read(kata.exercise / "README.md").split())
    for name, traffic in read_traffic(kata.grader).items():
        if not FEWEST_REQUESTS <= traffic.requests <= MOST_REQUESTS:
            between = f"{FEWEST_REQUESTS} to {MOST_REQUESTS}"
            yield f"The traffic '{name}' has {traffic.requests} requests; {between} are right."
        for freedom in traffic.freedoms:
            if " ".join(freedom.sentence.split()) not in statement:
                yield f"The README does not say what is said to leave open: '{freedom.sentence}'."


def _check_order(kata: Kata, names: Sequence[str]) -> Iterable[str]:
    """Ask that drawn traffic comes last: hints go to the first criterion that is not passed."""
    drawn = read_drawn(kata)
    for name in set(names[: len(names) - len(drawn)]) & drawn:
        yield f"'{name}' draws its traffic. Move it to the end of the grader."


def _check_prerequisites(kata: Kata) -> Iterable[str]:
    known = {each.id for each in Catalogue(kata.root).katas}
    for name in kata.file.after:
        if name not in known:
            yield f"`after` names the kata '{name}', which does not exist."
    if kata.id in list_prerequisites(kata):
        yield "`after` leads in a circle: the kata would come after itself."


def _check_rules(kata: Kata) -> Iterable[str]:
    rules = read_rules(kata.root)
    for name in kata.file.rules:
        if name not in rules:
            yield f"`rules` names '{name}', which '{RULES_FILE.as_posix()}' does not have."
    entries = {f"{kata.id}/{entry.name}" for entry in read_wrong_file(kata)}
    for name, rule in rules.items():
        for wrong in rule.wrong:
            if wrong.startswith(f"{kata.id}/") and wrong not in entries:
                yield f"The rule '{name}' names the wrong answer '{wrong}', which does not exist."
            if wrong in entries and name not in kata.file.rules:
                yield f"The rule '{name}' has the wrong answer '{wrong}'. Name it in `rules`."
