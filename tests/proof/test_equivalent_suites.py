"""Suites and answers are arranged and spelled otherwise, and say the same."""

import pytest

from dojo.proof.answer_sources import AnswerSources, Places
from dojo.proof.equivalent_modules import (
    annotate_answers,
    move_fixtures,
    respell_numbers,
    respell_texts,
    reverse_answers,
    reverse_tests,
    wrap_tests,
)
from dojo.proof.equivalents import ModuleTransformation

from .rewritten import leaves_alone, rewrite_module

SUITE = """\
import pytest

from .conftest import Mailbox

LAMP = {"name": "Lamp"}


@pytest.fixture
def lamp(client):
    return client.post("/items", json=LAMP)


def test_lamp(lamp):
    assert lamp == LAMP


def prepare():
    pass


@pytest.mark.parametrize("name", ["a"])
def test_name(client, name):
    prepare()
"""
CONFTEST = '''"""What tests share."""

import pytest


@pytest.fixture
def client():
    return 1
'''


def move(suite: str, conftest: str = CONFTEST) -> dict[str, str]:
    """Move the fixtures of a test module that has a `conftest.py` beside it."""
    files = {"app/tests/test_shop.py": suite, "app/tests/conftest.py": conftest}
    return move_fixtures(AnswerSources(files, {}), Places())


def test_tests_run_backwards() -> None:
    """The last test comes first, below all that tests may need when they are defined."""
    written = rewrite_module(reverse_tests, SUITE)

    assert written.index("def prepare") < written.index("def test_name")
    assert written.index("def test_name") < written.index("def test_lamp")


def test_tests_become_methods() -> None:
    """Tests move into one class and keep their decorators and parameters."""
    written = rewrite_module(wrap_tests, SUITE)

    assert "class TestEverything:" in written
    assert "    def test_lamp(self, lamp):" in written
    assert '    @pytest.mark.parametrize("name", ["a"])\n    def test_name(self, client' in written


@pytest.mark.parametrize("change", [reverse_tests, wrap_tests])
def test_modules_without_tests_stay(change: ModuleTransformation) -> None:
    """A `conftest.py` has nothing to arrange."""
    assert leaves_alone(change, CONFTEST)


def test_fixtures_move_to_conftest() -> None:
    """A fixture moves with the constants it needs, which the tests then import."""
    written = move(SUITE)

    assert "def lamp(" not in written["app/tests/test_shop.py"]
    assert "from .conftest import LAMP\n" in written["app/tests/test_shop.py"]
    assert written["app/tests/conftest.py"].count("import pytest") == 2
    assert written["app/tests/conftest.py"].endswith('return client.post("/items", json=LAMP)\n')


@pytest.mark.parametrize(
    "suite",
    [
        SUITE.replace("pytest.fixture", "pytest.fixture(autouse=True)"),
        SUITE.replace("def lamp", "def client"),
        SUITE.replace('{"name": "Lamp"}', "__name__"),
    ],
)
def test_fixtures_that_mean_more_stay(suite: str) -> None:
    """A fixture for every test, one that overrides another and one of this module stay."""
    assert move(suite) == {}


ANSWERS = """\
# 1
FIRST = 200
TEXT = {"a": ["b"]}
QUOTED = "it's"
# 2
SECOND = FIRST
"""


@pytest.mark.parametrize("change", [respell_texts, respell_numbers, annotate_answers])
def test_answers_keep_values(change: ModuleTransformation) -> None:
    """Literals that are spelled otherwise have the same values."""
    written = rewrite_module(change, ANSWERS)

    assert written != ANSWERS
    assert _evaluate(written) == _evaluate(ANSWERS)


def test_answers_are_reversed() -> None:
    """Answers change their order, but for one that another one needs."""
    written = rewrite_module(reverse_answers, ANSWERS)

    assert written.index("FIRST") < written.index("SECOND") < written.index("QUOTED")
    assert written.index("QUOTED") < written.index("TEXT")
    assert _evaluate(written) == _evaluate(ANSWERS)


def _evaluate(source: str) -> dict[str, object]:
    values: dict[str, object] = {}
    exec(source, values)
    return {name: value for name, value in values.items() if name.isupper()}
