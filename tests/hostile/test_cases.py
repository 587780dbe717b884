"""Hostile submissions earn nothing and harm nobody, in every mode that promises so."""

import itertools
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from dojo.runner.sandbox import Mode

from .conftest import Rings
from .corpus import Case, CaseFile, list_cases


def make_parameters() -> list[ParameterSet]:
    """Pair each mode with each case that is run in it."""
    found = []
    for mode, case in itertools.product(Mode, list_cases()):
        if mode in (*case.file.stopped_by, *case.file.shown_in):
            marks = [pytest.mark.slow_hostile] if case.file.slow else []
            found.append(pytest.param(mode, case, marks=marks, id=f"{mode}-{case.name}"))
    return found


@pytest.mark.parametrize(("mode", "case"), make_parameters())
def test_submission_does_no_harm(mode: Mode, case: Case, rings: Rings) -> None:
    """It acts, earns nothing, ends in time, leaves and changes nothing; the next ones are safe.

    A mode that does not promise so is seen to let the attack through: the corpus bites.
    """
    ring = rings.open(mode)
    seen = ring.observe(case)
    harm = seen.harm
    if harm:
        ring.renew()

    assert not seen.missing, f"'{case.name}' never came to: {', '.join(seen.missing)}"
    if mode in case.file.stopped_by:
        assert not harm, "\n".join(harm)
    else:
        assert harm, f"'{case.name}' is declared to get through, and does not"


IDLE = """
from fastapi import FastAPI

from .targets import acted

acted("import")
app = FastAPI()


@app.get("/never/asked")
async def answer():
    acted("request")
"""


def test_case_that_never_acts_is_told(rings: Rings, tmp_path: Path) -> None:
    """An attack on a route that the kata does not ask leaves no mark of it, and is seen by that."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text(IDLE)
    file = CaseFile(tries="Waits for a request.", family="accident", acts=("import", "request"))

    seen = rings.open(Mode.BASIC).observe(Case("idle", tmp_path, file))

    assert seen.missing == ["request"]
    assert not seen.harm
