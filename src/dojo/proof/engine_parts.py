"""Parts: what of the engine is mutated, which tests have to notice it, and what came of it.

    [[part]]
    name = "matchers"
    modules = ["src/dojo/grader/expectations.py"]
    tests = ["tests/grader/test_expectations.py"]

Mutants are made of a part's modules as of a kata's solution; known survivors are listed alike.
"""

import random
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import libcst as cst
from pydantic import BaseModel, ConfigDict

from ..model.errors import UsageError
from .forked_tests import Ended, PartRejected, try_all
from .mutants import Mutant, Reading, list_changes, mutate_file
from .mutation_trials import Judgement, Result, SurvivorsUnreadable, Verdict, make_key, read_entries

PARTS_FILE = "tests/parts.toml"
SURVIVORS_FILE = "tests/survivors.toml"
FEWEST_KILLED = 0.9
"""The share of a part's mutants that its tests have to kill."""


class Part(BaseModel):
    """A part of the engine; paths are relative to the root of the repository."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


class PartsFile(BaseModel):
    """The contents of `tests/parts.toml`; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    part: tuple[Part, ...]


def select_parts(root: Path, names: Sequence[str]) -> list[Part]:
    """Give the parts with these names, or all; `UsageError` for a name that none has."""
    path = root / PARTS_FILE
    if not path.is_file():
        raise UsageError(f"There is no '{PARTS_FILE}' here. Run this in the whole repository.")
    parts = {each.name: each for each in PartsFile.model_validate(_read(path)).part}
    for name in names:
        if name not in parts:
            listed = ", ".join(parts)
            raise UsageError(f"The engine has no part '{name}'. Name one or more of: {listed}.")
    return [parts[name] for name in names or parts]


def _read(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text("utf-8"))


def mutate_module(root: Path, module: str) -> list[Mutant]:
    """Make the mutants of one module of the engine, from top to bottom."""
    source = (root / module).read_text("utf-8")
    changes = list_changes(cst.parse_module(source), Reading("", frozenset()))
    return mutate_file(module, source, changes)


@dataclass(frozen=True)
class Sample:
    """So many of a part's mutants, drawn with a seed; all of them if there are no more."""

    size: int
    seed: str

    def draw(self, mutants: Sequence[Mutant]) -> list[Mutant]:
        """Draw some of the mutants; they stay in their order."""
        size = min(self.size, len(mutants))
        places = random.Random(self.seed).sample(range(len(mutants)), size)
        return [mutants[place] for place in sorted(places)]


def try_part(
    root: Path,
    part: Part,
    sample: Sample | None = None,
    tell: Callable[[int], object] | None = None,
) -> Judgement:
    """Run the tests of a part against each of its mutants, or a sample; those that reach it.

    `tell` is called after each run, with the number of those that are left.
    """
    judgement = Judgement()
    mutants = [mutant for module in part.modules for mutant in mutate_module(root, module)]
    mutants = sample.draw(mutants) if sample else mutants
    tried = count(1)

    def count_down(ended: Ended) -> None:
        del ended
        if tell is not None:
            tell(len(mutants) - next(tried))

    try:
        entries = read_entries(root / SURVIVORS_FILE)
        ended = try_all(root, part.tests, mutants, count_down)
    except (PartRejected, SurvivorsUnreadable) as error:
        judgement.defects.append(str(error))
        return judgement
    judgement.results += map(_judge, ended)
    own = [each for each in entries if each.file in part.modules]
    if sample:  # an entry whose mutant was not drawn says nothing
        survivors = {make_key(each.mutant) for each in judgement.survivors}
        own = [each for each in own if each.key in survivors]
    judgement.conclude(own, SURVIVORS_FILE, FEWEST_KILLED)
    return judgement


def _judge(ended: Ended) -> Result:
    verdict = Verdict.KILLED if ended.noticed else Verdict.SURVIVED
    return Result(ended.mutant, Verdict.TIMED_OUT if ended.late else verdict)
