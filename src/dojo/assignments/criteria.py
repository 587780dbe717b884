"""Criteria: which ones of a kata are public, and its grader with only these in it."""

import ast
import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..catalogue import Kata
from ..commandline import UsageError
from ..grader import answers, fixtures, laboratory, suites
from ..submissions.file_trees import is_junk
from . import sources

SECRET_FILES = {"submissions", "wrong.toml", "survivors.toml"}
"""What stands beside a grader and is never given to anybody."""

_PREFIX = "test_"
_FIXTURES = (answers, fixtures, laboratory, suites)
Public = Mapping[Kata, Sequence[str]]
"""The names of the public criteria by kata."""

_VERDICTS = re.compile(r"^(?:already_working|public) = \[.*?\]\n", re.MULTILINE | re.DOTALL)


def choose_public(katas: Sequence[Kata], wanted: Sequence[str]) -> dict[Kata, tuple[str, ...]]:
    """Choose the public criteria of katas: those `wanted`, or else those that `kata.toml` names.

    A name counts for each kata that has such a criterion. `UsageError` for a name that none has,
    for a kata without any, and for a criterion that waits for one that is not public.
    """
    known = {kata: _list_criteria(kata) for kata in katas}
    _refuse_unknown(wanted, [name for criteria in known.values() for name in criteria])
    chosen = {}
    for kata, criteria in known.items():
        own = [name for name in criteria if name in wanted]
        chosen[kata] = tuple(own or [name for name in criteria if name in kata.file.public])
        _refuse_hidden(kata, chosen[kata], criteria)
    return chosen


def write_public(kata: Kata, public: Sequence[str]) -> dict[str, bytes]:
    """Write the grader's files with only the public criteria, path to content."""
    files = {}
    texts = []
    for path in sorted(kata.grader.glob("test_*.py")):
        source = path.read_text("utf-8")
        functions = sources.list_functions(source)
        if not functions.keys() & set(public):
            continue
        overriding = [name for name in functions if any(hasattr(each, name) for each in _FIXTURES)]
        title = f"The public criteria of {kata.id}."
        texts.append(sources.select(source, [*public, *overriding], title))
        files[path.name] = texts[-1].encode()
    for path in list_companions(kata):
        if any(_is_named(path, text) for text in texts):
            files |= read_files(path, path.name)
    return files


def describe_handout(kata: Kata, public: Sequence[str]) -> bytes:
    """Write the `kata.toml` of a handout: how many criteria are hidden, and no name of one."""
    return _describe(kata, f"hidden = {count_criteria(kata) - len(public)}")


def describe_grading(kata: Kata, public: Sequence[str]) -> bytes:
    """Write the `kata.toml` with which all criteria are graded, and these are the public ones."""
    return _describe(kata, f"public = {json.dumps(list(public))}")


def _describe(kata: Kata, line: str) -> bytes:
    text = (kata.exercise / "kata.toml").read_text("utf-8")
    return f"{line}\n{_VERDICTS.sub('', text)}".encode()


def count_criteria(kata: Kata) -> int:
    """Count all criteria of a kata."""
    return len(_list_criteria(kata))


def list_sentences(kata: Kata, names: Sequence[str]) -> Iterator[str]:
    """List the sentences of some criteria, as learners read them."""
    for path in sorted(kata.grader.glob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in names:
                yield " ".join((ast.get_docstring(node) or "").split())


def list_companions(kata: Kata) -> list[Path]:
    """List what a grader has besides its tests: probes, mutants, variants of an app."""
    return [
        path
        for path in sorted(kata.grader.iterdir())
        if path.name not in SECRET_FILES and not path.match("test_*.py") and not is_junk(path.name)
    ]


def read_files(path: Path, name: str) -> dict[str, bytes]:
    """Read a file, or all in a folder but for what tools leave behind; `name` is its path there."""
    if path.is_file():
        return {name: path.read_bytes()}
    found = {f"{name}/{each.relative_to(path).as_posix()}": each for each in path.rglob("*")}
    return {
        each: found[each].read_bytes()
        for each in sorted(found)
        if found[each].is_file() and not is_junk(each)
    }


def _list_criteria(kata: Kata) -> dict[str, set[str]]:
    """List the criteria, each with all names that it refers to."""
    functions: dict[str, set[str]] = {}
    for path in sorted(kata.grader.glob("test_*.py")):
        functions |= sources.list_functions(path.read_text("utf-8"))
    return {name: uses for name, uses in functions.items() if name.startswith(_PREFIX)}


def _refuse_unknown(wanted: Sequence[str], known: Sequence[str]) -> None:
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3) or known
            listed = " or ".join(f"'{each}'" for each in near)
            raise UsageError(
                f"None of these katas has a criterion '{name}'. Try `--public` with {listed}."
            )


def _refuse_hidden(kata: Kata, public: Sequence[str], known: Mapping[str, set[str]]) -> None:
    if not public:
        listed = " or ".join(f"'{each}'" for each in known)
        raise UsageError(
            f"Kata '{kata.id}' has no public criteria. Name some with `--public`, such as {listed}."
        )
    for name in public:
        for other in sorted(known[name] & known.keys() - {name}):
            if other not in public:
                raise UsageError(
                    f"Criterion '{name}' waits for '{other}', which would be hidden. "
                    f"Give `--public {other} {name}`."
                )


def _is_named(path: Path, source: str) -> bool:
    return any(text in (path.name, path.stem) for text in _list_texts(source))


def _list_texts(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
