"""The routes of the book club."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from anyio import create_task_group
from anyio.abc import TaskGroup
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel, ConfigDict, EmailStr, Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from . import database
from .database import Member, get_session
from .welcome import welcome

Session = Annotated[AsyncSession, Depends(get_session)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, TaskGroup]]:
    async with database.lifespan(app), create_task_group() as tasks:
        yield {"tasks": tasks}


app = FastAPI(title="Book club", lifespan=lifespan)


class SignUp(BaseModel):
    email: EmailStr
    name: Annotated[str, Field(min_length=1, max_length=80)]


class MemberCard(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    email: str
    name: str


@app.post("/members", status_code=201)
async def sign_up(form: SignUp, session: Session, request: Request) -> MemberCard:
    member = Member(email=form.email, name=form.name)
    session.add(member)
    try:
        await session.commit()
    except IntegrityError:
        raise HTTPException(409, "This address is signed up already.") from None
    await session.refresh(member)
    card = MemberCard.model_validate(member)
    await session.rollback()  # gives the connection back
    request.state.tasks.start_soon(welcome, card.id, card.email, card.name)
    return card


@app.get("/members/{member_id}")
async def read_member(member_id: int, session: Session) -> MemberCard:
    member = await session.get(Member, member_id)
    if member is None:
        raise HTTPException(404, "There is no such member.")
    return MemberCard.model_validate(member)
