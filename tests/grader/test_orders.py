"""Orders: each test comes directly after each other one, whatever the seed."""

from itertools import pairwise, permutations

import pytest

from dojo.grader.fixtures import SeededInputs
from dojo.grader.orders import draw_orders


@pytest.mark.parametrize("count", [0, 1, 2, 3, 9, 10])
def test_every_pair_is_neighbours(count: int) -> None:
    """Each order has all tests, and all ordered pairs are neighbours in one of them."""
    tests = [f"test_{number}" for number in range(count)]
    orders = draw_orders(tests, SeededInputs("seed"))

    assert all(sorted(order) == tests for order in orders)
    assert {pair for order in orders for pair in pairwise(order)} == {*permutations(tests, 2)}
    assert len(orders) == count * (1 + count % 2)


def test_seed_draws_orders() -> None:
    """The same seed gives the same orders, and another one gives others."""
    tests = [f"test_{number}" for number in range(10)]
    drawn = [draw_orders(tests, SeededInputs(seed)) for seed in ("a", "a", "b")]

    assert drawn[0] == drawn[1] != drawn[2]
