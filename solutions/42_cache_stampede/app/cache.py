"""A cache of values that take long to load: however many callers miss one, it is loaded once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, NamedTuple, TypeVar

from .limits import FRESH_SECONDS, GRACE_SECONDS, MOST_VALUES, read_time

Value = TypeVar("Value")


class Entry(NamedTuple, Generic[Value]):
    """A value, and when its load ended."""

    value: Value
    loaded_at: float

    @property
    def age(self) -> float:
        return read_time() - self.loaded_at


class Cache(Generic[Value]):
    """Give values by their keys; those that are not there are loaded."""

    def __init__(self, load: Callable[[str], Awaitable[Value]]) -> None:
        self._load = load
        self._entries: dict[str, Entry[Value]] = {}  # those whose load ended first come first
        self._loads: dict[str, asyncio.Task[Value]] = {}  # those under way

    async def get(self, key: str) -> Value:
        """Give a value at once if one is kept, or else what its load ends with."""
        entry = self._entries.get(key)
        if entry is not None and entry.age < FRESH_SECONDS:
            return entry.value
        load = self._loads.get(key) or self._begin_load(key)
        if entry is not None and entry.age < FRESH_SECONDS + GRACE_SECONDS:
            return entry.value
        return await asyncio.shield(load)  # the load belongs to all who wait, not to this caller

    def _begin_load(self, key: str) -> asyncio.Task[Value]:
        load = self._loads[key] = asyncio.create_task(self._load_value(key))
        load.add_done_callback(lambda done: done.cancelled() or done.exception())
        return load

    async def _load_value(self, key: str) -> Value:
        try:
            value = await self._load(key)
        finally:
            del self._loads[key]
        self._entries.pop(key, None)  # a key that is set again would keep its old place
        self._entries[key] = Entry(value, read_time())
        if len(self._entries) > MOST_VALUES:
            del self._entries[next(iter(self._entries))]
        return value
