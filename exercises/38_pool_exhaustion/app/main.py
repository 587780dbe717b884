"""The loan desk: it checks applications, and answers for what can go wrong."""

from fastapi import BackgroundTasks, FastAPI, Request
from fastapi.responses import JSONResponse

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


@app.post("/applications/{application_id}/checks", response_model=ApplicationShown)
async def check_application(
    application: FoundApplication, session: Session, tasks: BackgroundTasks
) -> Application:
    # TODO 1: who else needs the connection while the bureau thinks?
    score = await fetch_score(application.applicant, application.amount)
    application.score = score  # TODO 2: is this still the same application?
    await session.commit()
    await session.refresh(application)
    tasks.add_task(send_letter, application.id)  # TODO 3: it needs a connection too.
    return application
