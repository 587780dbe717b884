"""The routes, with a cancel scope around what may be cut off."""

import anyio
from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from .backends import MOST_RUNS, ModelError, count_answer, keep_report, run

router = APIRouter()
card = anyio.Semaphore(MOST_RUNS)


class Question(BaseModel):
    question: str


class Answer(BaseModel):
    question: str
    text: str


class Report(BaseModel):
    number: int
    text: str


async def cancel_when_left(request: Request, scope: anyio.CancelScope) -> None:
    message = await request.receive()
    while message["type"] != "http.disconnect":
        message = await request.receive()
    scope.cancel()


@router.post("/answers", response_model=Answer)
async def give_answer(
    asked: Question, request: Request, tasks: BackgroundTasks
) -> Answer | Response:
    text: str | None = None
    failure: ModelError | None = None
    async with anyio.create_task_group() as group:
        group.start_soon(cancel_when_left, request, group.cancel_scope)
        try:
            text = await ask_model(asked.question)
        except ModelError as error:
            failure = error
        group.cancel_scope.cancel()
    if failure is not None:
        raise failure
    if text is None:
        return JSONResponse(None, 204)
    tasks.add_task(count_answer, asked.question)
    return Answer(question=asked.question, text=text)


@router.post("/reports", status_code=201)
async def write_report(asked: Question) -> Report:
    with anyio.CancelScope(shield=True):
        text = await ask_model(asked.question)
        return Report(number=await keep_report(text), text=text)


async def ask_model(question: str) -> str:
    async with card:
        return await run(question)
