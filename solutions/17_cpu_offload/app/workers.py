"""The workers: processes that crunch photos, and the queue of those who wait for one."""

import asyncio
import signal
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from .crunching import Thumbnail, crunch


class NoPlace(Exception):
    """All workers are busy, and the queue is full."""


class WorkerLost(Exception):
    """A worker ended in the middle of a crunch."""


class Workers:
    """A pool of processes, and a place for each request that has a worker or waits for one."""

    def __init__(self, number: int, max_queue: int) -> None:
        self._places = number + max_queue
        self._idle = asyncio.Semaphore(number)
        # A fork inherits what the server does at SIGTERM; the pool ends workers by that signal.
        reset = (signal.signal, (signal.SIGTERM, signal.SIG_DFL))
        self._open_pool = partial(ProcessPoolExecutor, number, get_context("fork"), *reset)
        self._pool = self._open_pool()

    async def crunch(self, photo: str) -> Thumbnail:
        """Have a photo crunched; who is cancelled gives up a place in the queue, but no worker."""
        if not self._places:
            raise NoPlace
        self._places -= 1
        try:
            await self._idle.acquire()
        except asyncio.CancelledError:
            self._places += 1
            raise
        return await asyncio.shield(asyncio.create_task(self._use_worker(photo)))

    async def _use_worker(self, photo: str) -> Thumbnail:
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, crunch, photo)
        except BrokenExecutor:
            if self._pool is pool:  # a pool that has lost one worker takes no more work
                self._pool = self._open_pool()
            raise WorkerLost from None
        finally:
            self._places += 1
            self._idle.release()

    def close(self) -> None:
        self._pool.shutdown()
