"""The route of the customers."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from .database import Session
from .models import Customer

router = APIRouter()


class CustomerRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    first_name: str
    last_name: str | None
    email: str


@router.get("/customers")
async def list_customers(session: Session) -> list[CustomerRead]:
    found = await session.scalars(select(Customer).order_by(Customer.id))
    return [CustomerRead.model_validate(each) for each in found]
