"""The stock: an in-memory stand-in for a database, which several requests use at once.

Each call gives way to other requests before it does its work. It is reported to the logger
`kata.store` when it begins.
"""

import asyncio
import logging
from collections.abc import Callable

logger = logging.getLogger("kata.store")

MOST_AT_ONCE = 12
"""How many items the robot can take out in one call."""

IN_COLD_STORE = {"ice-cream"}
"""The door of the cold store opens once an hour: each call for these takes that long."""

_left = {"lamp": 40, "kettle": 30, "rug": 8, "chair": 0, "ice-cream": 20}


class RobotError(Exception):
    """The robot cannot carry so many items at once. Nothing was written."""


async def read(product: str) -> int | None:
    """Tell how many items are left, `None` for a product that the shop does not have."""
    await _begin("read", product, turns=2)
    return _left.get(product)


async def write(product: str, left: int) -> None:
    """Set how many items are left. Raises RobotError."""
    await _begin("write", product, turns=6)
    _set(product, left)


async def change(product: str, compute: Callable[[int], int]) -> int | None:
    """Set what `compute` makes of the number that is left, and give the new number.

    No other call comes between reading and writing. If `compute` raises, nothing is written.
    Gives `None` for a product that the shop does not have. Raises RobotError.
    """
    await _begin("change", product, turns=6)
    if product not in _left:
        return None
    _set(product, compute(_left[product]))
    return _left[product]


async def _begin(call: str, product: str, *, turns: int) -> None:
    logger.info(call, extra={"product": product})
    for _ in range(turns):
        await asyncio.sleep(0)
    if product in IN_COLD_STORE:
        await asyncio.sleep(60 * 60)


def _set(product: str, left: int) -> None:
    if _left[product] - left > MOST_AT_ONCE:
        raise RobotError(f"The robot carries {MOST_AT_ONCE} items at once.")
    _left[product] = left
