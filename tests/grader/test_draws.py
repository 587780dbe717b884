"""Inputs cannot be guessed, and the seed in the report gives them again."""

import re
from decimal import Decimal

from dojo.grader import SeededInputs

from .conftest import RunGrader

SHOW = '''
    @criterion(task=1)
    async def test_first(inputs):
        """The first draws."""
        raise Failure("nothing", f"{inputs.word()} {inputs.number()} {inputs.price()}")

    @criterion(task=1)
    async def test_second(inputs):
        """The second draws."""
        raise Failure("nothing", f"{inputs.word()} {inputs.number()} {inputs.price()}")
'''


def drawn(run_grader: RunGrader, seed: str, *only: str) -> list[str]:
    """Give what the criteria drew."""
    results = run_grader(SHOW, seed=seed, only=only).results.values()
    return [result.finding.seen for result in results if result.finding]


def test_seed_repeats_a_run(run_grader: RunGrader) -> None:
    """The same seed gives each criterion the same inputs, another one others."""
    first, again, other = (drawn(run_grader, seed) for seed in ("a1", "a1", "a2"))

    assert first == again
    assert not set(first) & set(other)


def test_criteria_draw_apart(run_grader: RunGrader) -> None:
    """Each criterion has inputs of its own, whichever others run."""
    first, second = drawn(run_grader, "a1")

    assert first != second
    assert drawn(run_grader, "a1", "test_second") == [second]


def test_words_are_plain() -> None:
    """Words mean nothing and are safe in any path, names begin with a capital."""
    inputs = SeededInputs("seed")

    assert all(re.fullmatch("[a-z]{6}|[a-z]{8}", inputs.word()) for _ in range(50))
    assert re.fullmatch("[a-z]{10}", inputs.word(5))
    assert re.fullmatch("[A-Z][a-z]{5}", SeededInputs("seed").name())


def test_words_never_come_again() -> None:
    """Every word of one run is another one, so that what a test sends first is known from later."""
    inputs = SeededInputs("seed")

    assert len({inputs.word() for _ in range(3000)}) == 3000


def test_numbers_keep_their_bounds() -> None:
    """Numbers lie between their bounds, both included; several are all different."""
    inputs = SeededInputs("seed")

    assert {inputs.number(1, 3) for _ in range(100)} == {1, 2, 3}
    assert sorted(inputs.numbers(5, 1, 5)) == [1, 2, 3, 4, 5]


def test_prices_need_both_decimals() -> None:
    """A price has exactly two decimals, the last of which is not 0."""
    prices = [SeededInputs("seed").price() for _ in range(100)]

    assert all(isinstance(price, Decimal) for price in prices)
    assert all(re.fullmatch(r"\d+\.\d[1-9]", str(price)) for price in prices)
