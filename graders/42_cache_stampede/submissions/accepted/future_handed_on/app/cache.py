"""A cache of values that take long to load. The first caller loads, the others wait for it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

from .limits import FRESH_SECONDS, GRACE_SECONDS, MOST_VALUES, read_time

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """Give values by their keys; those that are not there are loaded."""

    def __init__(self, load: Callable[[str], Awaitable[Value]]) -> None:
        self._load = load
        self._entries: dict[str, tuple[Value, float]] = {}
        self._promises: dict[str, asyncio.Future[Value]] = {}
        self._refreshes: set[asyncio.Task[None]] = set()

    async def get(self, key: str) -> Value:
        while True:
            if key in self._entries:
                value, loaded_at = self._entries[key]
                age = read_time() - loaded_at
                if age >= FRESH_SECONDS and key not in self._promises:
                    if age >= FRESH_SECONDS + GRACE_SECONDS:
                        return await self._fulfil(key, self._promise(key))
                    self._refresh(key)
                if age < FRESH_SECONDS + GRACE_SECONDS:
                    return value
            elif key not in self._promises:
                return await self._fulfil(key, self._promise(key))
            promise = self._promises[key]
            await asyncio.wait([promise])
            if not promise.cancelled():
                return promise.result()

    def _promise(self, key: str) -> asyncio.Future[Value]:
        self._promises[key] = asyncio.get_running_loop().create_future()
        return self._promises[key]

    def _refresh(self, key: str) -> None:
        promise = self._promise(key)

        async def refresh() -> None:
            with suppress(Exception):
                await self._fulfil(key, promise)

        task = asyncio.create_task(refresh())
        self._refreshes.add(task)
        task.add_done_callback(self._refreshes.discard)

    async def _fulfil(self, key: str, promise: asyncio.Future[Value]) -> Value:
        try:
            value = await self._load(key)
        except Exception as error:
            promise.set_exception(error)
            promise.exception()
            raise
        else:
            self._keep(key, value)
            promise.set_result(value)
            return value
        finally:
            promise.cancel()  # does nothing to one that is fulfilled
            del self._promises[key]

    def _keep(self, key: str, value: Value) -> None:
        self._entries.pop(key, None)
        self._entries[key] = value, read_time()
        while len(self._entries) > MOST_VALUES:
            self._entries.pop(next(iter(self._entries)))
