"""The instructor says which criteria are public, and is told what cannot be."""

from pathlib import Path

import pytest

from dojo.model.catalogue import Catalogue, Kata
from dojo.model.errors import UsageError
from dojo.teaching.public_criteria import (
    choose_public,
    count_criteria,
    describe_handout,
    write_public,
)

from .conftest import ROOT

CATALOGUE = Catalogue(ROOT)
BLOCKING, SESSIONS, SUITE = map(CATALOGUE.find, ("02", "03", "47"))


def test_defaults_come_from_kata() -> None:
    """Without a name the criteria are public that `kata.toml` names."""
    chosen = choose_public([BLOCKING, SESSIONS], [])

    assert chosen == {kata: kata.file.public for kata in (BLOCKING, SESSIONS)}


def test_named_criteria_replace_defaults() -> None:
    """A name counts for the kata that has it; others keep their defaults."""
    chosen = choose_public([BLOCKING, SESSIONS], ["test_session_closes_after_errors"])

    assert chosen[SESSIONS] == ("test_session_closes_after_errors",)
    assert chosen[BLOCKING] == BLOCKING.file.public


def test_unknown_criterion_is_refused() -> None:
    """A name that no kata has is told with the nearest ones."""
    with pytest.raises(UsageError, match=r"criterion 'test_session_close_once'. .*'test_session_c"):
        choose_public([SESSIONS], ["test_session_close_once"])


def test_waiting_criterion_is_refused() -> None:
    """A criterion that waits for a hidden one would name it."""
    with pytest.raises(UsageError, match="waits for 'test_quotes_overlap_at_partner'"):
        choose_public([BLOCKING], ["test_answers_carry_own_data"])


def test_kata_without_public_is_refused(tmp_path: Path) -> None:
    """A handout of a kata always grades something."""
    kata = Kata("07_greeting", tmp_path)
    for folder in (kata.exercise, kata.grader):
        folder.mkdir(parents=True)
    (kata.exercise / "kata.toml").write_text(
        'title = "Greet"\ntrack = "basics"\nlevel = "junior"\nminutes = 5\n'
        'after = []\nrules = ["name_the_thing"]\neditable = ["a.py"]\n'
    )
    (kata.grader / "test_a.py").write_text("async def test_greeting() -> None:\n    pass\n")

    with pytest.raises(UsageError, match=r"no public criteria. Name .* such as 'test_greeting'\."):
        choose_public([kata], [])


def test_companions_come_when_named() -> None:
    """What stands beside a grader comes along where public criteria name it."""
    passes = set(write_public(SUITE, SUITE.file.public))
    catches = set(write_public(SUITE, [*SUITE.file.public, "test_wrong_shops_are_caught"]))

    assert "variants.toml" in passes
    assert "mutants.toml" not in passes
    assert "mutants.toml" in catches


def test_description_counts_hidden_criteria() -> None:
    """A handout's `kata.toml` has the number of hidden criteria and no name of any."""
    kata = CATALOGUE.find("36")

    text = describe_handout(kata, ["test_statements_stay_constant"]).decode()

    assert text.startswith(f"hidden = {count_criteria(kata) - 1}\n")
    assert "test_" not in text
    assert 'loggers = ["kata", "sqlalchemy.engine", "sqlalchemy.pool"]' in text
