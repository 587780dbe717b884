"""Cases: every submission whose verdict is known, and what `expect.toml` and `wrong.toml` promise.

    [[wrong]]
    name = "no_finally"
    why = "An exception is raised at the yield itself, so the line after it is never reached."
    fails = ["test_session_closes_after_errors"]

    [[wrong.edits]]
    file = "app/sessions.py"
    old = '''
        finally:
            session.close()
    '''
    new = '''
        session.close()
    '''

What neither `fails` nor `errors` names must pass, but for criteria of drawn traffic: a wrong answer
has to fail these where it says so, and may elsewhere, since nearly all of them differ somewhere.
"""

import ast
import shutil
import tomllib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from ..grader.oracle import oracle
from ..model.catalogue import CatalogueError, Kata
from ..model.edits import Edit, Misfit, apply_edits
from ..model.reports import CriterionResult, Outcome, Report

WRONG_FILE = "wrong.toml"


def _join_lines(text: str) -> str:
    return " ".join(text.split())


Sentences = Annotated[str, Field(min_length=20), AfterValidator(_join_lines)]
"""A text that may be broken into lines anywhere."""


class ExpectFile(BaseModel):
    """The contents of an `expect.toml`; what it does not name must pass."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    why: Sentences
    fails: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class WrongEntry(ExpectFile):
    """One `[[wrong]]`: the solution with some lines changed, and what is known about it."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    edits: tuple[Edit, ...] = Field(min_length=1)


class WrongFile(BaseModel):
    """The contents of a `wrong.toml`; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wrong: tuple[WrongEntry, ...] = ()

    @field_validator("wrong")
    @classmethod
    def _refuse_twins(cls, entries: tuple[WrongEntry, ...]) -> tuple[WrongEntry, ...]:
        names = [each.name for each in entries]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two entries have the name '{name}'")
        return entries


class WrongFileUnreadable(CatalogueError):
    """A `wrong.toml` that cannot be read; the message says why."""


def read_wrong_file(kata: Kata) -> tuple[WrongEntry, ...]:
    """Read the wrong answers that a kata lists; none without a file."""
    path = kata.grader / WRONG_FILE
    if not path.is_file():
        return ()
    try:
        return WrongFile.model_validate(tomllib.loads(path.read_text("utf-8"))).wrong
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        text = " ".join(str(error).split())
        raise WrongFileUnreadable(f"'{kata.id}/{WRONG_FILE}' cannot be read: {text}") from None


def read_expect_file(folder: Path) -> ExpectFile | str:
    """Read a submission's `expect.toml`; a sentence if it cannot be read."""
    path = folder / "expect.toml"
    try:
        return ExpectFile.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return f"'{folder.name}' has no 'expect.toml'. Say there why it is right or wrong."
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        return f"'{folder.name}/expect.toml' cannot be read: {' '.join(str(error).split())}"


def read_sentences(kata: Kata) -> dict[str, str]:
    """Read the sentences of a kata's criteria by name, without running its grader."""
    sources = [path.read_text("utf-8") for path in sorted(kata.grader.glob("test_*.py"))]
    return {
        node.name: _join_lines(ast.get_docstring(node) or "")
        for source in sources
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def read_drawn(kata: Kata) -> set[str]:
    """Read the names of the criteria that send drawn traffic: they ask for the oracle."""
    sources = [path.read_text("utf-8") for path in kata.grader.glob("test_*.py")]
    return {
        node.name
        for source in sources
        for node in ast.parse(source).body
        if isinstance(node, ast.AsyncFunctionDef)
        and any(each.arg == oracle.__name__ for each in node.args.args)
    }


def compare(report: Report, expected: ExpectFile, permitted: Container[str] = ()) -> list[str]:
    """Say how a report differs from what was promised: one sentence for each criterion.

    Those that are `permitted` to fail may do so without being named.
    """
    known = {each.name for each in report.criteria}
    unknown = sorted({*expected.fails, *expected.errors} - known)
    defects = [f"names the criterion '{name}', which does not exist." for name in unknown]
    for criterion in report.criteria:
        wanted = _expect_outcome(criterion, report.criteria, expected)
        if wanted is Outcome.PASSED and criterion.name in permitted:
            wanted = criterion.outcome if _may_be(criterion.outcome, expected) else wanted
        if criterion.outcome is not wanted:
            seen = describe_finding(criterion)
            defects.append(f"'{criterion.name}' is {criterion.outcome}, expected {wanted}.{seen}")
        elif criterion.finding is not None and not criterion.finding.seen.strip():
            defects.append(f"'{criterion.name}' is {criterion.outcome} without a message.")
    return defects


def _may_be(outcome: Outcome, expected: ExpectFile) -> bool:
    """Tell whether a criterion that is permitted to fail may end so."""
    return outcome is not Outcome.ERROR or bool(expected.errors)


def describe_finding(criterion: CriterionResult) -> str:
    """Give a finding on one line, for an author."""
    finding = criterion.finding
    if finding is None:
        return ""
    wanted = f" expected {finding.expected};" if finding.expected else ""
    text = " ".join(f"{wanted} seen {finding.seen}".split())
    return f" It says: {text[:300]}"


def _expect_outcome(
    criterion: CriterionResult, criteria: Sequence[CriterionResult], expected: ExpectFile
) -> Outcome:
    if criterion.name in expected.fails:
        return Outcome.FAILED
    if criterion.name in expected.errors:
        return Outcome.ERROR
    awaited = [each for each in criteria if each.name == criterion.waits_for]
    if any(each.outcome is not Outcome.PASSED for each in awaited):
        return Outcome.BLOCKED
    return Outcome.PASSED


Kind = Literal["stub", "solution", "accepted", "wrong", "cheat"]

ENTRY = "app/main.py"
CHEATS = Path(__file__).parent / "cheats"
_COMPILED = shutil.ignore_patterns("__pycache__")


@dataclass(frozen=True)
class Case:
    """A submission and what is known about it; `expected` is a sentence if it cannot be read.

    With a `misfit`, which says why it could not be made, there is nothing to grade in `source`.
    """

    kata: Kata
    kind: Kind
    name: str
    source: Path
    expected: ExpectFile | str | None = None
    misfit: str = ""


def list_cases(kata: Kata, scratch: Path) -> Iterator[Case]:
    """Give the cases of a kata, those that differ from the solution as copies in `scratch`.

    Raises `WrongFileUnreadable`.
    """
    entries = read_wrong_file(kata)
    reference = read_reference(kata) if entries else {}
    yield Case(kata, "stub", "stub", kata.stub)
    yield Case(kata, "solution", "solution", kata.solution)
    for kind in ("accepted", "wrong"):
        for folder in list_folders(kata.grader / "submissions" / kind):
            source = _lay_over(kata.solution, folder, scratch / kata.id / kind / folder.name)
            yield Case(kata, kind, folder.name, source, read_expect_file(folder))
    for entry in entries:
        target = scratch / kata.id / "edited" / entry.name
        yield _make_case(kata, entry, reference, target)
    if kata.file.kind == "app":
        for folder in list_folders(CHEATS):
            source = _lay_over(kata.stub, folder, scratch / kata.id / "cheats" / folder.name)
            if ENTRY not in kata.file.editable:  # a given file is never the submission's
                (source / ENTRY).replace(source / kata.file.editable[0])
            yield Case(kata, "cheat", folder.name, source)


def list_right_answers(kata: Kata, scratch: Path) -> list[Case]:
    """Give the solution of a kata and its accepted answers."""
    cases = list_cases(kata, scratch)
    return [case for case in cases if case.kind in ("solution", "accepted")]


def list_permitted(case: Case) -> set[str]:
    """List the criteria that a wrong answer may fail without saying so."""
    if case.kind not in ("wrong", "cheat"):
        return set()
    named = case.expected.fails if isinstance(case.expected, ExpectFile) else ()
    return read_drawn(case.kata) - set(named)


def list_folders(parent: Path) -> list[Path]:
    """Give the folders in a folder, in order; none if it does not exist."""
    if not parent.is_dir():
        return []
    hidden = ("_", ".")
    found = [each for each in parent.iterdir() if each.is_dir()]
    return sorted(each for each in found if not each.name.startswith(hidden))


def read_reference(kata: Kata) -> dict[str, str]:
    """Read the solution with the given files, path to text: what an edit may change."""
    return read_app(kata.stub) | read_app(kata.solution)


def read_app(folder: Path) -> dict[str, str]:
    """Read all files of the `app/` in a folder, path to text; bytes that are no text survive."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8", "surrogateescape")
        for path in sorted((folder / "app").rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _make_case(kata: Kata, entry: WrongEntry, reference: Mapping[str, str], target: Path) -> Case:
    try:
        changed = apply_edits(reference, entry.edits)
    except Misfit as misfit:
        return Case(kata, "wrong", entry.name, target, entry, str(misfit))
    shutil.copytree(kata.solution / "app", target / "app", ignore=_COMPILED)
    for name, text in changed.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, "utf-8", "surrogateescape")
    return Case(kata, "wrong", entry.name, target, entry)


def _lay_over(below: Path, above: Path, target: Path) -> Path:
    shutil.copytree(below / "app", target / "app", ignore=_COMPILED)
    shutil.copytree(above, target, ignore=_COMPILED, dirs_exist_ok=True)
    return target
