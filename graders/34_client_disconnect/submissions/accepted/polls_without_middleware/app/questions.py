"""The routes, which look now and then whether the client is there."""

import asyncio

from fastapi import APIRouter, BackgroundTasks, HTTPException, Request
from pydantic import BaseModel

from .backends import MOST_RUNS, count_answer, keep_report, run

router = APIRouter()
slots = asyncio.Semaphore(MOST_RUNS)
reports: set["asyncio.Task[Report]"] = set()


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
    working = asyncio.create_task(ask_model(asked.question))
    try:
        while not (await asyncio.wait([working], timeout=0.25))[0]:
            if await request.is_disconnected():
                raise HTTPException(400, "You have left.")
    finally:
        working.cancel()
    text = await working
    tasks.add_task(count_answer, asked.question)
    return Answer(question=asked.question, text=text)


@router.post("/reports", status_code=201)
async def write_report(asked: Question) -> Report:
    writing = asyncio.create_task(make_report(asked.question))
    reports.add(writing)
    writing.add_done_callback(reports.discard)
    return await asyncio.shield(writing)


async def make_report(question: str) -> Report:
    text = await ask_model(question)
    return Report(number=await keep_report(text), text=text)


async def ask_model(question: str) -> str:
    async with slots:
        return await run(question)
