"""The list of rules fits the katas, and its programs print what it says."""

import contextlib
import io
from pathlib import Path

import pytest

from dojo.model.catalogue import Catalogue, CatalogueError
from dojo.model.rules import Prediction, read_rules
from dojo.proof.cases import read_wrong_file

ROOT = Path(__file__).parent.parent.parent
RULES = read_rules(ROOT)
PREDICTIONS = [
    pytest.param(prediction, id=f"{name}-{number}")
    for name, rule in RULES.items()
    for number, prediction in enumerate(rule.predictions)
]


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_program_prints_what_is_said(prediction: Prediction) -> None:
    """Each program prints its line under the installed versions."""
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        exec(prediction.code, {"__name__": "prediction"})

    assert written.getvalue().strip() == prediction.output


def test_each_rule_is_taught() -> None:
    """Some kata names each rule, and each rule that a kata names is in the list."""
    taught = {name for kata in Catalogue(ROOT).katas for name in kata.file.rules}

    assert taught == RULES.keys()


def test_wrong_answers_exist() -> None:
    """Each known wrong answer that a rule names is in the `wrong.toml` of its kata."""
    known = {
        f"{kata.id}/{entry.name}"
        for kata in Catalogue(ROOT).katas
        for entry in read_wrong_file(kata)
    }

    assert {name for rule in RULES.values() for name in rule.wrong} <= known


def test_missing_list_has_no_rules(tmp_path: Path) -> None:
    """A handout does without the list."""
    assert read_rules(tmp_path) == {}


def test_rule_without_card_is_refused(tmp_path: Path) -> None:
    """The message names the file, the rule and what is wrong."""
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "rules.toml").write_text(
        '[name_it]\nsentence = "It has one name."\ncards = []\n'
    )

    with pytest.raises(CatalogueError, match=r"(?s)exercises/rules.toml.*name_it.cards"):
        read_rules(tmp_path)
