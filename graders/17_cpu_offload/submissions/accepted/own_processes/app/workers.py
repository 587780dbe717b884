"""The workers: processes of our own, each with a pipe, and those who wait for one of them."""

import asyncio
import contextlib
import signal
from collections import deque
from multiprocessing import get_context
from multiprocessing.connection import Connection

from .crunching import Thumbnail, crunch

CONTEXT = get_context("fork")


class NoPlace(Exception):
    """There are too many who wait."""


class WorkerLost(Exception):
    """A process has ended too early."""


def serve(asked: Connection) -> None:
    """Crunch what comes through the pipe until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while (photo := asked.recv()) is not None:
        answer: Thumbnail | Exception
        try:
            answer = crunch(photo)
        except Exception as error:
            answer = error
        asked.send(answer)


class Worker:
    """One process."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.pipe, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    async def crunch(self, photo: str) -> Thumbnail:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        descriptors = (self.pipe.fileno(), self.process.sentinel)
        for descriptor in descriptors:
            loop.add_reader(descriptor, done.set)
        try:
            self.pipe.send(photo)
            await done.wait()
        finally:
            for descriptor in descriptors:
                loop.remove_reader(descriptor)
        if not self.pipe.poll():
            self.replace()
            raise WorkerLost
        try:
            answer = self.pipe.recv()
        except (EOFError, ConnectionError):
            self.replace()
            raise WorkerLost from None
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Thumbnail)
        return answer

    def replace(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self.pipe.send(None)
        self.process.kill()
        self.process.join()
        self.pipe.close()


class Workers:
    """All of them; the ones that have nothing to do are in `_idle`."""

    def __init__(self, number: int, max_queue: int) -> None:
        self._all = [Worker() for _ in range(number)]
        self._idle = list(self._all)
        self._max_queue = max_queue
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._busy: set[asyncio.Task[Thumbnail]] = set()

    async def crunch(self, photo: str) -> Thumbnail:
        worker = await self._take()
        task = asyncio.create_task(self._use(worker, photo))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        return await asyncio.shield(task)

    async def _take(self) -> Worker:
        if self._idle:
            return self._idle.pop()
        if len(self._waiting) >= self._max_queue:
            raise NoPlace
        turn: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give(turn.result())
            else:
                self._waiting.remove(turn)
            raise

    def _give(self, worker: Worker) -> None:
        if self._waiting:
            self._waiting.popleft().set_result(worker)
        else:
            self._idle.append(worker)

    async def _use(self, worker: Worker, photo: str) -> Thumbnail:
        try:
            return await worker.crunch(photo)
        finally:
            self._give(worker)

    def close(self) -> None:
        for worker in self._all:
            worker.stop()
