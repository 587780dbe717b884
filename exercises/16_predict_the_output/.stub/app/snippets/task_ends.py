"""Background tasks of routes that end in another way."""

from fastapi import BackgroundTasks, FastAPI, HTTPException
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from starlette.background import BackgroundTask

app = FastAPI()
ran: list[str] = []


@app.post("/refused")
def refuse_order(tasks: BackgroundTasks) -> None:
    tasks.add_task(ran.append, "added")
    raise HTTPException(402)


@app.post("/response")
def return_response(tasks: BackgroundTasks) -> JSONResponse:
    tasks.add_task(ran.append, "added")
    return JSONResponse({"order": 7})


@app.post("/both")
def return_response_with_task(tasks: BackgroundTasks) -> JSONResponse:
    tasks.add_task(ran.append, "added")
    return JSONResponse({"order": 7}, background=BackgroundTask(ran.append, "own"))


def visit(path: str) -> list[str]:
    ran.clear()
    TestClient(app).post(path)
    return list(ran)


TASKS_REFUSED = len(visit("/refused"))
TASKS_RESPONSE = visit("/response")
TASKS_BOTH = visit("/both")
