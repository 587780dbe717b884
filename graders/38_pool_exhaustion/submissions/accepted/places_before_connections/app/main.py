"""The loan desk: it checks applications, and answers for what can go wrong."""

from typing import Any

from fastapi import BackgroundTasks, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from sqlalchemy import update

from . import applications
from .applications import find_application
from .bureau import BureauError, fetch_score
from .database import lifespan, open_session
from .letters import send_letter
from .models import Application
from .schemas import ApplicationId, ApplicationShown

app = FastAPI(title="Loan desk", lifespan=lifespan)
app.include_router(applications.router)


@app.exception_handler(BureauError)
async def answer_bureau_error(_: Request, error: BureauError) -> JSONResponse:
    return JSONResponse({"detail": "The credit bureau does not work."}, 502)


@app.post("/applications/{application_id}/checks")
async def check_application(
    application_id: ApplicationId, tasks: BackgroundTasks
) -> ApplicationShown:
    async with open_session() as session:
        asked = ApplicationShown.model_validate(await find_application(application_id, session))
    score = await fetch_score(asked.applicant, asked.amount)
    query = update(Application).values(score=score)
    async with open_session() as session:
        same = (Application.id == asked.id, Application.version == asked.version)
        result: Any = await session.execute(query.where(*same))
        await session.commit()
    if result.rowcount != 1:
        raise HTTPException(409, f"Application {asked.id} is not what it was.")
    tasks.add_task(send_letter, asked.id)
    return asked.model_copy(update={"score": score})
