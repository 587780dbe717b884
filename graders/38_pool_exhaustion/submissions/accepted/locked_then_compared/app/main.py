"""The loan desk: it checks applications, and answers for what can go wrong."""

from typing import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from sqlalchemy import exc, text
from starlette.types import ASGIApp, Receive, Scope, Send

from . import applications
from .bureau import BureauError, fetch_score
from .database import lifespan, open_session
from .letters import send_letter
from .models import Application
from .schemas import ApplicationId, ApplicationShown


class BusyDatabase:
    """Answer 503 where the pool had no connection in time."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except exc.TimeoutError:
            await JSONResponse({}, 503, {"Retry-After": "3"})(scope, receive, send)


app = FastAPI(title="Loan desk", lifespan=lifespan)
app.include_router(applications.router)
app.add_middleware(BusyDatabase)


@app.exception_handler(BureauError)
async def answer_bureau_error(_: Request, error: BureauError) -> JSONResponse:
    return JSONResponse({"detail": "The credit bureau does not work."}, 502)


class Case:
    """One application, and two short visits to the database for it."""

    def __init__(self, application_id: ApplicationId) -> None:
        self.id = application_id

    async def read(self) -> Application:
        async with open_session() as session:
            found = await session.get(Application, self.id)
        if found is None:
            raise HTTPException(404, f"Application {self.id} does not exist.")
        return found

    async def store(self, version: int, score: int) -> Application:
        async with open_session() as session:
            await session.execute(text("BEGIN IMMEDIATE"))
            now = await session.get(Application, self.id)
            if now is None or now.version != version:
                raise HTTPException(409, "Somebody was faster.")
            now.score = score
            await session.commit()
            return now


@app.post("/applications/{application_id}/checks", response_model=ApplicationShown)
async def check_application(
    case: Annotated[Case, Depends()], tasks: BackgroundTasks
) -> Application:
    seen = await case.read()
    checked = await case.store(seen.version, await fetch_score(seen.applicant, seen.amount))
    tasks.add_task(send_letter, case.id)
    return checked
