"""The routes of the tool library. What leaves is a typed dict, made in one place."""

import logging
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from typing_extensions import TypedDict

from .database import Record, add_member, find_member, list_members, list_tools, read_profile

logger = logging.getLogger(__name__)
app = FastAPI(title="Tool library")


class Member(TypedDict):
    """A member as everybody may see them. Records hold more; only this leaves."""

    id: int
    display_name: str
    trusted: bool


class Card(TypedDict):
    number: str
    member: Member


class Tool(TypedDict):
    id: int
    name: str
    owner: Member
    borrower: Member | None


class Profile(TypedDict, total=False):
    city: str | None
    about: str | None
    website: str | None


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


@app.get("/members", response_model=list[Member])
def show_members() -> list[dict[str, Any]]:
    return [vars(each) for each in list_members()]


@app.get("/members/{member_id}", response_model=Member)
def show_member(member: FoundMember) -> dict[str, Any]:
    return vars(member)


@app.get("/members/{member_id}/card", response_model=Card)
def show_card(member: FoundMember, response: Response) -> dict[str, Any]:
    response.headers["Cache-Control"] = "no-store"
    return {"number": f"TL-{member.id:04}", "member": vars(member)}


@app.get("/tools", response_model=list[Tool])
def show_tools() -> list[dict[str, Any]]:
    return [
        vars(tool) | {"owner": vars(tool.owner), "borrower": tool.borrower and vars(tool.borrower)}
        for tool in list_tools()
    ]


@app.get("/members/{member_id}/profile", response_model=Profile)
def show_profile(member: FoundMember) -> dict[str, Any]:
    return read_profile(member)


@app.post("/members", status_code=201, response_model=Member)
def register(
    email: Annotated[str, Body()],
    display_name: Annotated[str, Body(min_length=1)],
    password: Annotated[str, Body(min_length=8)],
) -> dict[str, Any]:
    member = add_member(email, display_name, password)
    logger.info(f"Registered: {member.id}")
    return vars(member)
