"""Forty-one calls of a route that blocks."""

import asyncio
import threading

from anyio import from_thread, to_thread
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

app = FastAPI()
arrivals: asyncio.Queue[str] = asyncio.Queue()
door = threading.Event()


@app.get("/slow")
def wait_at_door() -> None:
    from_thread.run_sync(arrivals.put_nowait, "one more")
    door.wait()


@app.get("/fast")
async def answer() -> None:
    pass


async def main() -> tuple[int, int, int]:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        calls = [asyncio.create_task(client.get("/slow")) for _ in range(41)]
        limiter = to_thread.current_default_thread_limiter()
        while limiter.statistics().tasks_waiting + limiter.borrowed_tokens < len(calls):
            await asyncio.sleep(0)  # until each call has a thread, or waits for one
        inside = [await arrivals.get() for _ in range(int(limiter.borrowed_tokens))]
        fast = await client.get("/fast")
        door.set()
        answered = [call for call in await asyncio.gather(*calls) if call.is_success]
        return len(inside), fast.status_code, len(answered)


THREADS_INSIDE, THREADS_FAST, THREADS_ANSWERED = asyncio.run(main())
