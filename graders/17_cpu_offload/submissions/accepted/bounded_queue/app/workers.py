"""The workers: tasks that take jobs from a list and have each crunched in a pool."""

import asyncio
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

from .crunching import Thumbnail, crunch


class NoPlace(Exception):
    pass


class WorkerLost(Exception):
    pass


@dataclass(eq=False)
class Job:
    photo: str
    done: "asyncio.Future[Thumbnail]"


class Workers:
    def __init__(self, number: int, max_queue: int) -> None:
        self.number, self.max_queue = number, max_queue
        self.waiting: deque[Job] = deque()
        self.running = 0
        self.come = asyncio.Condition()
        self.pool = self.open_pool()
        self.tasks = [asyncio.create_task(self.work()) for _ in range(number)]

    def open_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self.number, get_context("fork"))

    async def put(self, photo: str) -> Job:
        job = Job(photo, asyncio.get_running_loop().create_future())
        async with self.come:
            if self.running + len(self.waiting) >= self.number + self.max_queue:
                raise NoPlace
            self.waiting.append(job)
            self.come.notify()
        return job

    async def remove(self, job: Job) -> None:
        async with self.come:
            if job in self.waiting:
                self.waiting.remove(job)

    async def work(self) -> None:
        while True:
            async with self.come:
                await self.come.wait_for(lambda: self.waiting)
                job = self.waiting.popleft()
                self.running += 1
            pool = self.pool
            try:
                found = await asyncio.wrap_future(pool.submit(crunch, job.photo))
                job.done.set_result(found)
            except BrokenProcessPool:
                if pool is self.pool:
                    self.pool = self.open_pool()
                job.done.set_exception(WorkerLost())
            except Exception as error:
                job.done.set_exception(error)
            self.running -= 1

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.pool.shutdown(wait=True, cancel_futures=True)
