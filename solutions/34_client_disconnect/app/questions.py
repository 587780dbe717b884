"""The routes: an answer for a visitor, and a report for a customer who pays for it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import APIRouter, BackgroundTasks, HTTPException, Request
from pydantic import BaseModel

from .backends import MOST_RUNS, count_answer, keep_report, run

Result = TypeVar("Result")

router = APIRouter()
slots = asyncio.Semaphore(MOST_RUNS)


class Question(BaseModel):
    question: str


class Answer(BaseModel):
    question: str
    text: str


class Report(BaseModel):
    number: int
    text: str


@router.post("/answers")
async def give_answer(asked: Question, request: Request, tasks: BackgroundTasks) -> Answer:
    text = await work_while_connected(request, ask_model(asked.question))
    tasks.add_task(count_answer, asked.question)
    return Answer(question=asked.question, text=text)


@router.post("/reports", status_code=201)
async def write_report(asked: Question) -> Report:
    text = await ask_model(asked.question)
    return Report(number=await keep_report(text), text=text)


async def ask_model(question: str) -> str:
    async with slots:
        return await run(question)


async def work_while_connected(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """Await some work, and cancel it if the client leaves before it is done."""
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(wait_until_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise HTTPException(499, "The client has left.")
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.wait({working, leaving})


async def wait_until_left(request: Request) -> None:
    """Wait for the only event that comes after the body of a request."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
