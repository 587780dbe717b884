"""The routes of the tool library. Responses are returned, each written by a model."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from .database import Record, add_member, find_member, list_members, list_tools, read_profile

logger = logging.getLogger(__name__)


class BareErrors(APIRoute):
    """A route whose 422 does not repeat what was sent."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_barely(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                keys = ("type", "loc", "msg")
                found = [{key: each[key] for key in keys} for each in error.errors()]
                raise HTTPException(422, found) from None

        return handle_barely


router = APIRouter(route_class=BareErrors)


class Registration(BaseModel):
    email: str
    display_name: str = Field(min_length=1)
    password: str = Field(min_length=8)


class Member(BaseModel):
    id: int
    display_name: str
    trusted: bool


class Card(BaseModel):
    number: str
    member: Member


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


def show(record: Record) -> Member:
    return Member(id=record.id, display_name=record.display_name, trusted=record.trusted)


@router.get("/members", response_model=list[Member])
def show_members() -> JSONResponse:
    return JSONResponse([show(each).model_dump() for each in list_members()])


@router.get("/members/{number}", response_model=Member)
def show_member(number: int) -> JSONResponse:
    return JSONResponse(show(require_member(number)).model_dump())


@router.get("/members/{number}/card", response_model=Card)
def show_card(number: int) -> JSONResponse:
    member = require_member(number)
    card = Card(number=f"TL-{member.id:04}", member=show(member))
    return JSONResponse(card.model_dump(), headers={"Cache-Control": "no-store"})


@router.get("/tools", response_model=list[Tool])
def show_tools() -> JSONResponse:
    tools = [
        Tool(
            id=each.id,
            name=each.name,
            owner=show(each.owner),
            borrower=None if each.borrower is None else show(each.borrower),
        )
        for each in list_tools()
    ]
    return JSONResponse([tool.model_dump() for tool in tools])


@router.get("/members/{number}/profile", response_model=Profile)
def show_profile(number: int) -> JSONResponse:
    profile = Profile(**read_profile(require_member(number)))
    return JSONResponse(profile.model_dump(exclude_unset=True))


@router.post("/members", status_code=201, response_model=Member)
def register(registration: Registration) -> JSONResponse:
    member = add_member(**registration.model_dump())
    logger.warning("%s", {"event": "registered", "id": member.id})
    return JSONResponse(show(member).model_dump(), 201)


app = FastAPI(title="Tool library")
app.include_router(router)
