"""A cache of values that take long to load. A load that nobody waits for any more is cancelled."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from .limits import FRESH_SECONDS, GRACE_SECONDS, MOST_VALUES, read_time

Value = TypeVar("Value")


class Load(Generic[Value]):
    """A load under way, and how many want it."""

    def __init__(self, work: asyncio.Task[Value]) -> None:
        self.work = work
        self.wanted = 0


class Cache(Generic[Value]):
    """Give values by their keys; those that are not there are loaded."""

    def __init__(self, load: Callable[[str], Awaitable[Value]]) -> None:
        self._load = load
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._times: dict[str, float] = {}
        self._loads: dict[str, Load[Value]] = {}

    async def get(self, key: str) -> Value:
        age = read_time() - self._times.get(key, float("-inf"))
        if age < FRESH_SECONDS:
            return self._values[key]
        if age < FRESH_SECONDS + GRACE_SECONDS:
            if key not in self._loads:
                self._begin(key).wanted = 1  # the cache itself wants it
            return self._values[key]
        while key in self._loads and self._loads[key].work.cancelling():
            await asyncio.wait([self._loads[key].work])
        load = self._loads.get(key) or self._begin(key)
        load.wanted += 1
        try:
            return await asyncio.shield(load.work)
        finally:
            load.wanted -= 1
            if not load.wanted:
                load.work.cancel()

    def _begin(self, key: str) -> Load[Value]:
        self._loads[key] = Load(asyncio.create_task(self._work(key)))
        self._loads[key].work.add_done_callback(lambda work: self._end(key, work))
        return self._loads[key]

    async def _work(self, key: str) -> Value:
        value = await self._load(key)
        self._values[key], self._times[key] = value, read_time()
        self._values.move_to_end(key)
        if len(self._values) > MOST_VALUES:
            oldest, _ = self._values.popitem(last=False)
            del self._times[oldest]
        return value

    def _end(self, key: str, work: asyncio.Task[Value]) -> None:
        del self._loads[key]
        if not work.cancelled():
            work.exception()  # whoever waits for it is told
