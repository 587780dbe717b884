"""A cache of values that take long to load."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from .limits import FRESH_SECONDS, read_time

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """Give values by their keys; those that are not there are loaded."""

    def __init__(self, load: Callable[[str], Awaitable[Value]]) -> None:
        self._load = load
        self._entries: dict[str, tuple[float, Value]] = {}

    async def get(self, key: str) -> Value:
        # TODO 1: one load for all who wait for the same value.
        # TODO 2: loads that fail, and calls that are cancelled.
        # TODO 3: values that are stale, and those that are `None` or 0.
        # TODO 4: no more than `MOST_VALUES` values.
        loaded_at, value = self._entries.get(key, (0.0, None))
        if value and read_time() - loaded_at < FRESH_SECONDS:
            return value
        loaded = await self._load(key)
        self._entries[key] = read_time(), loaded
        return loaded
