"""What a mode promises to prevent is prevented."""

import pytest

from dojo.runner.sandbox import UNPROMISED, Examination, can_nest

ATTACKS = (
    "call_neighbours",
    "call_out",
    "change_metadata",
    "enter_namespace",
    "fork_many",
    "fork_once",
    "leave_daemon",
    "look_into_grader",
    "read_files",
    "read_grader",
    "signal_grader",
    "start_program",
    "take_memory",
    "take_uncounted_memory",
    "write_environment",
    "write_files",
    "write_to_neighbours",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_act_is_prevented(examination: Examination, attack: str) -> None:
    """A hostile process can do nothing in either mode that is for strangers."""
    assert examination.found[attack] == ""


def test_full_disk_is_small(examination: Examination) -> None:
    """Only mode `full` bounds what many files take together, where namespaces nest."""
    bounded = examination.found["fill_disk"] == ""

    assert bounded == (examination.mode == "full" and can_nest())


def test_all_acts_are_known(examination: Examination) -> None:
    """No act is tried whose outcome nobody looks at."""
    assert {*ATTACKS, *UNPROMISED} == examination.found.keys()
