"""Rules: what the katas teach, in one list; each `kata.toml` names those of its own.

It holds what can be asked of a rule later. Which kata breaks it, and how, only the names say.
"""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from .catalogue import CatalogueError, locate_repository

RULES_FILE = Path("exercises", "rules.toml")


class RuleCard(BaseModel):
    """A question and the answer that one would speak."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    question: str = Field(min_length=10)
    answer: str = Field(min_length=10)


class Prediction(BaseModel):
    """A program, and the one line that it prints."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    code: str = Field(min_length=10)
    output: str = Field(min_length=1, pattern=r"^[^\n]+$")


class Rule(BaseModel):
    """One thing to know: a sentence, and ways to ask for it.

    `wrong` names known wrong answers that break it, as `<kata>/<name>`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sentence: str = Field(min_length=10, max_length=120)
    cards: tuple[RuleCard, ...] = Field(min_length=1)
    predictions: tuple[Prediction, ...] = ()
    wrong: tuple[str, ...] = ()


class _RulesFile(RootModel[dict[str, Rule]]):
    """The rules by id."""


def read_rules(root: Path) -> dict[str, Rule]:
    """Read the rules by id, in the order of the file; none where a handout has no such file.

    A workspace has the rules of its repository. Raises `CatalogueError` if the file cannot be read.
    """
    path = locate_repository(root) / RULES_FILE
    if not path.is_file():
        return {}
    try:
        return _RulesFile.model_validate(tomllib.loads(path.read_text("utf-8"))).root
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise CatalogueError(f"'{RULES_FILE.as_posix()}' cannot be read: {error}") from None
