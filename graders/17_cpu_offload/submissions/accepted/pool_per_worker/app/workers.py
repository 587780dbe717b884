"""Workers: one pool of one process each, so that losing one breaks no other."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from fastapi import HTTPException

from .crunching import Thumbnail, UnreadablePhoto, crunch
from .settings import RETRY_AFTER


def open_worker() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("fork"))


class Workers:
    def __init__(self, number: int, max_queue: int) -> None:
        self.idle: asyncio.Queue[ProcessPoolExecutor] = asyncio.Queue()
        for _ in range(number):
            self.idle.put_nowait(open_worker())
        self.number = number
        self.most = number + max_queue
        self.present = 0
        self.running: set[asyncio.Task[Thumbnail]] = set()

    async def thumbnail(self, photo: str) -> Thumbnail:
        if self.present == self.most:
            raise HTTPException(
                503, "All workers are busy.", headers={"Retry-After": f"{RETRY_AFTER}"}
            )
        self.present += 1
        try:
            worker = await self.idle.get()
        except BaseException:
            self.present -= 1
            raise
        running = asyncio.create_task(self.run(worker, photo))
        self.running.add(running)
        running.add_done_callback(self.running.discard)
        return await asyncio.shield(running)

    async def run(self, worker: ProcessPoolExecutor, photo: str) -> Thumbnail:
        try:
            return await asyncio.wrap_future(worker.submit(crunch, photo))
        except UnreadablePhoto as error:
            raise HTTPException(422, str(error)) from error
        except BrokenProcessPool as error:
            worker.shutdown(wait=False)
            worker = open_worker()
            raise HTTPException(503, "The worker was lost.") from error
        finally:
            self.present -= 1
            self.idle.put_nowait(worker)

    async def close(self) -> None:
        for _ in range(self.number):
            worker = await self.idle.get()
            await asyncio.to_thread(worker.shutdown)
