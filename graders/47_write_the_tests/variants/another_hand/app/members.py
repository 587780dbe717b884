"""Members: who they are, and how a request says which one it comes from."""

import hashlib
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from .database import Session
from .mail import CurrentMailer

router = APIRouter(prefix="/members")


class NewMember(BaseModel):
    email: str = Field(min_length=3)


class Member(BaseModel):
    id: int
    email: str


class Registration(Member):
    token: str


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def get_member(
    bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())], session: Session
) -> dict[str, Any]:
    """Give the row of the member whose token the request carries."""
    row = session.execute(
        "SELECT * FROM members WHERE token_hash = ?", (digest(bearer.credentials),)
    ).fetchone()
    if row is None:
        raise HTTPException(401, "Who are you?", {"WWW-Authenticate": "Bearer"})
    return dict(row)


CurrentMember = Annotated[dict[str, Any], Depends(get_member)]


@router.post("", status_code=201)
def register(
    new: NewMember, session: Session, mailer: CurrentMailer, background: BackgroundTasks
) -> Registration:
    token = secrets.token_hex(20)
    added = session.execute(
        "INSERT INTO members (email, token_hash) VALUES (?, ?)", (new.email, digest(token))
    )
    background.add_task(mailer.send, new.email, "Good to see you")
    return Registration(id=added.lastrowid or 0, email=new.email, token=token)


@router.get("/me")
def read_me(member: CurrentMember) -> Member:
    return Member(id=member["id"], email=member["email"])
