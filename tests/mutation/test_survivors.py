"""Listed survivors are found by what they change, and each explains one mutant."""

import pytest

from dojo.model.catalogue import Kata
from dojo.proof.mutation_trials import SurvivorsUnreadable, explain, read_survivors

from .conftest import BOUNDARY, SOLUTION, WHY, list_survivor, mutate


def test_entry_outlives_other_changes(kata: Kata) -> None:
    """Lines that come or go above, and other indentation, do not matter."""
    list_survivor(kata, BOUNDARY.replace("    ", "\t"))
    moved = mutate("ANSWER = [\n    42,\n]\n" + SOLUTION)
    reasons, left = explain(moved, read_survivors(kata))

    assert reasons == {"app/main.py:14:swap-op:1": WHY}
    assert left == []


def test_same_change_takes_two_entries(kata: Kata) -> None:
    """An entry explains one mutant, also if the same line stands twice in a function."""
    line = 'return {"fits": pieces <= 12}'
    twice = mutate(f"def read_fit(pieces):\n    if pieces:\n        {line}\n    {line}\n")
    list_survivor(kata, BOUNDARY)
    one, _ = explain(twice, read_survivors(kata))
    list_survivor(kata, BOUNDARY, BOUNDARY)
    both, left = explain(twice, read_survivors(kata))

    assert len(one) == 1
    assert (len(both), left) == (2, [])


def test_other_function_is_not_explained(kata: Kata) -> None:
    """The same change elsewhere needs a reason of its own, and the entry is left over."""
    list_survivor(kata, BOUNDARY)
    reasons, left = explain(mutate(SOLUTION.replace("read_fit", "ask")), read_survivors(kata))

    assert reasons == {}
    assert [entry.within for entry in left] == ["read_fit"]


def test_no_list_explains_nothing(kata: Kata) -> None:
    """A kata without a list has no known survivors."""
    assert read_survivors(kata) == ()


@pytest.mark.parametrize("text", ["survivor = 3", "line = 3", "[["])
def test_unreadable_list_is_refused(kata: Kata, text: str) -> None:
    """A list that is not as it should be names the kata and says why."""
    (kata.grader / "survivors.toml").write_text(text)

    with pytest.raises(SurvivorsUnreadable, match=r"'07_crates/survivors.toml' cannot be read"):
        read_survivors(kata)


def test_reason_is_a_sentence(kata: Kata) -> None:
    """A reason of a word or two is none."""
    list_survivor(kata, BOUNDARY, why="equivalent")

    with pytest.raises(SurvivorsUnreadable, match="at least 20 characters"):
        read_survivors(kata)
