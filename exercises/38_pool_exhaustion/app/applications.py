"""Applications, written by a colleague: clerks read them and change their amounts."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy import update

from .database import Session
from .models import Application
from .schemas import AmountChange, ApplicationId, ApplicationShown

router = APIRouter(prefix="/applications")


async def find_application(application_id: ApplicationId, session: Session) -> Application:
    """Give the application of the path, or refuse the request with 404."""
    application = await session.get(Application, application_id)
    if application is None:
        raise HTTPException(404, f"Application {application_id} does not exist.")
    return application


FoundApplication = Annotated[Application, Depends(find_application)]


@router.get("/{application_id}", response_model=ApplicationShown)
async def read_application(application: FoundApplication) -> Application:
    return application


@router.patch("/{application_id}", response_model=ApplicationShown)
async def change_amount(
    application_id: ApplicationId, change: AmountChange, session: Session
) -> Application:
    values = {"amount": change.amount, "version": Application.version + 1}
    query = update(Application).where(Application.id == application_id).values(values)
    application: Application | None = await session.scalar(query.returning(Application))
    if application is None:
        raise HTTPException(404, f"Application {application_id} does not exist.")
    await session.commit()
    return application
