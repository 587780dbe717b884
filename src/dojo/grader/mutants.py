"""Mutants: wrong versions of an app under test, each with one behaviour broken.

A mutant is the right app with some lines changed. It is written for a kata by its author; mutants
of solutions, by which graders are judged, are made elsewhere.
"""

import asyncio
import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from ..edits import Edit, Misfit, apply_edits
from ..wall.failures import GraderFault
from .suites import App, Suite


class Mutant(BaseModel):
    """Edits, and the sentence of the contract that no longer holds with them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    behaviour: str
    edits: tuple[Edit, ...] = Field(min_length=1)

    def apply(self, app: App) -> App:
        """Make the wrong version; `GraderFault` if an edit does not fit the app."""
        try:
            return {**app, **apply_edits(app, self.edits)}
        except Misfit as misfit:
            raise GraderFault(f"Mutant '{self.name}': {misfit}") from None


def read_mutants(path: Path) -> tuple[Mutant, ...]:
    """Read the mutants of a kata from its `mutants.toml`."""
    read = tomllib.loads(path.read_text("utf-8"))
    return tuple(Mutant.model_validate(each) for each in read["mutant"])


async def find_survivors(suite: Suite, mutants: Sequence[Mutant]) -> list[Mutant]:
    """Give the mutants on which the suite is green."""
    caught = await asyncio.gather(*(suite.catches(each.apply(suite.app)) for each in mutants))
    return [mutant for mutant, is_caught in zip(mutants, caught, strict=True) if not is_caught]
