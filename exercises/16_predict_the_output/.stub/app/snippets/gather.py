"""Two things at once, and one of them fails."""

import asyncio

events: list[str] = []


async def fail() -> None:
    raise ValueError("no")


async def wait_for(signal: asyncio.Event) -> str:
    try:
        await signal.wait()
    except asyncio.CancelledError:
        events.append("sibling cancelled")
        raise
    events.append("sibling done")
    return "done"


async def run_gather() -> None:
    signal = asyncio.Event()
    sibling = asyncio.create_task(wait_for(signal))
    try:
        await asyncio.gather(fail(), sibling)
    except ValueError:
        events.append("error")
    signal.set()
    await asyncio.wait([sibling])


async def run_group() -> None:
    signal = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(wait_for(signal))
            group.create_task(fail())
    except* ValueError:
        events.append("error")
    signal.set()


asyncio.run(run_gather())
GATHER_EVENTS = events.copy()

events.clear()
asyncio.run(run_group())
GROUP_EVENTS = events.copy()
