"""A cache of values that take long to load, with a lock for each key that somebody wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from .limits import FRESH_SECONDS, GRACE_SECONDS, MOST_VALUES, read_time

Value = TypeVar("Value")


@dataclass
class Slot(Generic[Value]):
    """What callers of one key share while they are there."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    ends: int = 0
    values: list[Value] = field(default_factory=list)
    error: Exception | None = None


class Cache(Generic[Value]):
    """Give values by their keys; those that are not there are loaded."""

    def __init__(self, load: Callable[[str], Awaitable[Value]]) -> None:
        self._load = load
        self._entries: dict[str, tuple[float, Value]] = {}
        self._slots: dict[str, Slot[Value]] = {}
        self._refreshes: dict[str, asyncio.Task[None]] = {}

    async def get(self, key: str) -> Value:
        entry = self._entries.get(key)
        age = read_time() - entry[0] if entry else float("inf")
        if entry and age < FRESH_SECONDS + GRACE_SECONDS:
            if age >= FRESH_SECONDS and key not in self._slots and key not in self._refreshes:
                self._refreshes[key] = asyncio.create_task(self._refresh(key))
            return entry[1]
        return await self._load_in_turn(key)

    async def _refresh(self, key: str) -> None:
        try:
            with suppress(Exception):
                await self._load_in_turn(key)
        finally:
            del self._refreshes[key]

    async def _load_in_turn(self, key: str) -> Value:
        async with self._use_slot(key) as slot:
            ends = slot.ends
            async with slot.lock:
                if slot.ends == ends:
                    await self._fill(key, slot)
                if slot.error is not None:
                    raise slot.error
                return slot.values[0]

    async def _fill(self, key: str, slot: Slot[Value]) -> None:
        slot.values, slot.error = [], None
        try:
            slot.values = [await self._load(key)]
        except Exception as error:
            slot.error = error
        else:
            self._entries.pop(key, None)
            self._entries[key] = read_time(), slot.values[0]
            if len(self._entries) > MOST_VALUES:
                oldest = min(self._entries, key=lambda each: self._entries[each][0])
                del self._entries[oldest]
        slot.ends += 1

    @asynccontextmanager
    async def _use_slot(self, key: str) -> AsyncIterator[Slot[Value]]:
        slot = self._slots.setdefault(key, Slot())
        slot.users += 1
        try:
            yield slot
        finally:
            slot.users -= 1
            if not slot.users:
                del self._slots[key]
