"""Orders: in which orders the tests of a suite are run, so that few runs find what they share."""

from collections.abc import Sequence

from .fixtures import SeededInputs


def draw_orders(tests: Sequence[str], inputs: SeededInputs) -> list[list[str]]:
    """Draw orders in which each test comes directly after each other test at least once.

    They are the rows of a Williams design, as trials of medicines use it: as many orders as there
    are tests, or twice as many for an odd number. The seed draws which test has which place in it.
    """
    count = len(tests)
    drawn = inputs.sample(tests, count)
    first = [(step + 1) // 2 if step % 2 else -(step // 2) for step in range(count)]
    rows = [[drawn[(place + shift) % count] for place in first] for shift in range(count)]
    if count % 2:
        rows += [row[::-1] for row in rows]
    return inputs.sample(rows, len(rows))
