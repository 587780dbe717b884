"""The routes of the book club."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, EmailStr, Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from . import database
from .database import Member, get_session, open_session
from .welcome import NewMember, deliver, mails

Session = Annotated[AsyncSession, Depends(get_session)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with database.lifespan(app):
        worker = asyncio.create_task(deliver())
        yield
        await mails.join()
        worker.cancel()


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
async def sign_up(form: SignUp) -> MemberCard:
    try:
        async with open_session.begin() as session:
            member = Member(email=form.email, name=form.name)
            session.add(member)
            await session.flush()
            card = MemberCard.model_validate(member)
    except IntegrityError:
        raise HTTPException(409, "This address is signed up already.") from None
    mails.put_nowait(NewMember(card.id, card.email, card.name))
    return card


@app.get("/members/{member_id}")
async def read_member(member_id: int, session: Session) -> MemberCard:
    member = await session.get(Member, member_id)
    if member is None:
        raise HTTPException(404, "There is no such member.")
    return MemberCard.model_validate(member)
