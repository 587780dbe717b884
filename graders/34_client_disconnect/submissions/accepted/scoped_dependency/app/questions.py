"""The routes, with a dependency that cancels the work of a client that has left."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, BackgroundTasks, Depends, Request
from pydantic import BaseModel

from .backends import MOST_RUNS, count_answer, keep_report, run


class Question(BaseModel):
    question: str


class Answer(Question):
    text: str


class Report(BaseModel):
    number: int
    text: str


async def stop_when_left(request: Request) -> AsyncIterator[None]:
    task = asyncio.current_task()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            continue
        if task is not None:
            task.cancel()

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


router = APIRouter()
slots = asyncio.BoundedSemaphore(MOST_RUNS)


@router.post("/answers", dependencies=[Depends(stop_when_left, scope="function")])
async def give_answer(asked: Question, tasks: BackgroundTasks) -> Answer:
    async with slots:
        text = await run(asked.question)
    tasks.add_task(count_answer, asked.question)
    return Answer(question=asked.question, text=text)


@router.post("/reports", status_code=201)
async def write_report(asked: Question) -> Report:
    async with slots:
        text = await run(asked.question)
    return Report(number=await keep_report(text), text=text)
