"""The customers: who may reserve. Each call gives way to other requests."""

import asyncio

_KNOWN = {"asha", "ben", "carla", "dora", "benita", "emil"}


async def is_known(customer: str) -> bool:
    """Tell whether this is the name of a customer, letter by letter."""
    for _ in range(3):
        await asyncio.sleep(0)
    return customer in _KNOWN
