"""The loan desk: it checks applications, and answers for what can go wrong."""

from fastapi import BackgroundTasks, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from sqlalchemy import update
from sqlalchemy.exc import TimeoutError as PoolTimeout

from . import applications
from .applications import FoundApplication
from .bureau import BureauError, fetch_score
from .database import Session, lifespan
from .letters import send_letter
from .models import Application
from .schemas import ApplicationShown

app = FastAPI(title="Loan desk", lifespan=lifespan)
app.include_router(applications.router)


@app.exception_handler(BureauError)
async def answer_bureau_error(_: Request, error: BureauError) -> JSONResponse:
    return JSONResponse({"detail": "The credit bureau does not work."}, 502)


@app.exception_handler(PoolTimeout)
async def answer_pool_timeout(_: Request, error: PoolTimeout) -> JSONResponse:
    return JSONResponse({"detail": "Please come again."}, 503, {"Retry-After": "1"})


@app.post("/applications/{application_id}/checks", response_model=ApplicationShown)
async def check_application(
    application: FoundApplication, session: Session, tasks: BackgroundTasks
) -> Application:
    await session.commit()  # the connection goes back; what was read stays
    score = await fetch_score(application.applicant, application.amount)
    query = (
        update(Application)
        .where(Application.id == application.id, Application.version == application.version)
        .values(score=score)
        .returning(Application.id)
    )
    found = await session.scalar(query, execution_options={"synchronize_session": False})
    if found is None:
        raise HTTPException(409, "The application has changed.")
    await session.commit()
    application.score = score  # only for the answer: nobody commits any more
    tasks.add_task(send_letter, application.id)
    return application
