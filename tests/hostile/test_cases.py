"""Hostile submissions earn nothing and harm nobody, in every mode that promises so."""

import itertools

import pytest
from _pytest.mark import ParameterSet

from dojo.runner.sandbox import Mode

from .conftest import Rings
from .corpus import Case, list_cases


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
    """It earns nothing, ends in time, leaves and changes nothing, and the next ones are safe.

    A mode that does not promise so is seen to let the attack through: the corpus bites.
    """
    ring = rings.open(mode)
    harm = ring.list_harm(case)
    if harm:
        ring.renew()

    if mode in case.file.stopped_by:
        assert not harm, "\n".join(harm)
    else:
        assert harm, f"'{case.name}' is declared to get through, and does not"
