"""The workers: a `multiprocessing.Pool`, and the queue of those who wait for it."""

import asyncio
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
        self._pool = get_context("fork").Pool(number)

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
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Thumbnail] = loop.create_future()
        self._pool.apply_async(
            crunch,
            (photo,),
            callback=lambda found: loop.call_soon_threadsafe(done.set_result, found),
            error_callback=lambda error: loop.call_soon_threadsafe(done.set_exception, error),
        )
        try:
            return await done
        finally:
            self._places += 1
            self._idle.release()

    def close(self) -> None:
        """End the processes."""
        self._pool.terminate()
        self._pool.join()
