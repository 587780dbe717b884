"""The loan desk: it checks applications, and answers for what can go wrong."""

from fastapi import BackgroundTasks, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import update
from sqlalchemy.exc import TimeoutError as PoolTimeout

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


@app.exception_handler(PoolTimeout)
async def answer_pool_timeout(_: Request, error: PoolTimeout) -> Response:
    return Response(status_code=503, headers={"Retry-After": "5"})


@app.post("/applications/{application_id}/checks", response_model=ApplicationShown)
async def check_application(application_id: ApplicationId, tasks: BackgroundTasks) -> Application:
    async with open_session() as session:
        seen = await find_application(application_id, session)
    score = await fetch_score(seen.applicant, seen.amount)
    checked = await store_score(seen, score)
    tasks.add_task(send_letter, application_id)
    return checked


async def store_score(seen: Application, score: int) -> Application:
    """Store the score of an application as it was seen; refuse with 409 if it has changed."""
    same = (Application.id == seen.id, Application.version == seen.version)
    query = update(Application).where(*same).values(score=score).returning(Application)
    async with open_session.begin() as session:
        checked: Application | None = await session.scalar(query)
        if checked is None:
            raise HTTPException(409)
    return checked
