"""The routes of the tool library. Several of them tell more than they should."""

import logging
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from .database import Record, add_member, find_member, list_members, list_tools, read_profile

logger = logging.getLogger(__name__)
app = FastAPI(title="Tool library")


class Registration(BaseModel):
    email: str
    display_name: str = Field(min_length=1)
    password: str = Field(min_length=8)


class Member(BaseModel):
    id: int
    email: str
    display_name: str | None
    trusted: bool | None
    hashed_password: str


class Tool(BaseModel):
    id: int
    name: str
    owner: Member
    borrower: Member | None


class Profile(BaseModel):
    city: str | None = None
    about: str | None = None
    website: str | None = None


def require_member(member_id: int) -> Record:
    member = find_member(member_id)
    if member is None:
        raise HTTPException(404, f"Member {member_id} does not exist.")
    return member


# TODO 1: show a member in the same way everywhere, and nothing else of the record.
@app.get("/members", response_model=list[Member], response_model_exclude={"hashed_password"})
def show_members() -> list[Record]:
    return list_members()


@app.get("/members/{member_id}")
def show_member(member_id: int) -> dict[str, Any]:
    return vars(require_member(member_id))


@app.get("/members/{member_id}/card")
def show_card(member_id: int) -> JSONResponse:
    member = require_member(member_id)
    card = {"number": f"TL-{member.id:04}", "member": vars(member)}
    return JSONResponse(card, headers={"Cache-Control": "no-store"})


@app.get("/tools", response_model=list[Tool])
def show_tools() -> list[Record]:
    return list_tools()


# TODO 2: show what is filled in.
@app.get("/members/{member_id}/profile")
def show_profile(member_id: int) -> dict[str, Any]:
    return Profile(**read_profile(require_member(member_id))).model_dump()


# TODO 3: take a password, and never give it back.
# TODO 4: keep secrets out of the log, and describe in the docs what each route sends.
@app.post("/members", status_code=201)
def register(registration: Registration) -> dict[str, Any]:
    member = add_member(**registration.model_dump())
    logger.info("%s is now %s", registration, member)
    return vars(member)
