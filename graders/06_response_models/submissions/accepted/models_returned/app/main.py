"""The routes of the tool library. Each builds the model that it promises."""

import logging
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from .database import Record, add_member, find_member, list_members, list_tools, read_profile

logger = logging.getLogger(__name__)
app = FastAPI(title="Tool library")


class Registration(BaseModel):
    email: str
    display_name: str = Field(min_length=1)
    password: SecretStr = Field(min_length=8)


class Public(BaseModel):
    """What may leave; it can be built of a record."""

    model_config = ConfigDict(from_attributes=True)


class Member(Public):
    """A member as everybody may see them."""

    id: int
    display_name: str
    trusted: bool


class Card(Public):
    number: str
    member: Member


class Tool(Public):
    id: int
    name: str
    owner: Member
    borrower: Member | None


class Profile(Public):
    city: str | None = None
    about: str | None = None
    website: str | None = None


@app.exception_handler(RequestValidationError)
async def refuse(_: Request, error: RequestValidationError) -> JSONResponse:
    """Say what does not fit, and where, without repeating what was sent."""
    errors = [{key: each[key] for key in ("type", "loc", "msg")} for each in error.errors()]
    return JSONResponse({"detail": errors}, status_code=422)


def require_member(member_id: int) -> Record:
    member = find_member(member_id)
    if member is None:
        raise HTTPException(404, f"Member {member_id} does not exist.")
    return member


FoundMember = Annotated[Record, Depends(require_member)]


@app.get("/members")
def show_members() -> list[Member]:
    return [Member.model_validate(each) for each in list_members()]


@app.get("/members/{member_id}")
def show_member(member: FoundMember) -> Member:
    return Member.model_validate(member)


@app.get("/members/{member_id}/card")
def show_card(member: FoundMember, response: Response) -> Card:
    response.headers["Cache-Control"] = "no-store"
    return Card(number=f"TL-{member.id:04}", member=Member.model_validate(member))


@app.get("/tools")
def show_tools() -> list[Tool]:
    return [Tool.model_validate(each) for each in list_tools()]


@app.get("/members/{member_id}/profile", response_model_exclude_unset=True)
def show_profile(member: FoundMember) -> Profile:
    return Profile.model_validate(read_profile(member))


@app.post("/members", status_code=201)
def register(registration: Registration) -> Member:
    password = registration.password.get_secret_value()
    member = add_member(registration.email, registration.display_name, password)
    logger.info("%r has registered as member %s.", registration.display_name, member.id)
    return Member.model_validate(member)
